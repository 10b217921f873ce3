import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

@Suite struct TapeTests {
  private static let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]

  private func parameter(_ values: [Float], on backend: any Backend) -> Parameter {
    Parameter("x", Tensor(values, [values.count], on: backend))
  }

  @Test func aValueUsedTwiceAccumulates() {
    for backend in TapeTests.backends {
      let x = parameter([1, -2, 3], on: backend)
      // y = x² + 5x ⇒ dy/dx = 2x + 5
      let (loss, gradients) = withGradients { (x.tensor * x.tensor + x.tensor * 5).sum() }
      #expect(loss.item() == 24)
      #expect(gradients[x]?.floats() == [7, 1, 11])
    }
  }

  @Test func aSharedIntermediateValueAccumulates() {
    for backend in TapeTests.backends {
      let x = parameter([1, -2, 3], on: backend)
      // u = x², y = u² + u ⇒ dy/dx = 4x³ + 2x
      let (_, gradients) = withGradients {
        let u = x.tensor * x.tensor
        return (u * u + u).sum()
      }
      #expect(gradients[x]?.floats() == [6, -36, 114])
    }
  }

  @Test func gradientsOfOneCallShareNothing() {
    // Both operands of + receive the same dy; a's second gradient must not be added to b's.
    for backend in TapeTests.backends {
      let (a, b) = (parameter([1, 2], on: backend), parameter([3, 4], on: backend))
      let (_, gradients) = withGradients { (a.tensor + b.tensor + a.tensor).sum() }
      #expect(gradients[a]?.floats() == [2, 2])
      #expect(gradients[b]?.floats() == [1, 1])
    }
  }

  @Test func anUnusedParameterHasNoGradient() {
    let (used, unused) = (
      parameter([1], on: CPUBackend.shared), parameter([1], on: CPUBackend.shared)
    )
    let (_, gradients) = withGradients { used.tensor.sum() }
    #expect(gradients[used] != nil)
    #expect(gradients[unused] == nil)
    #expect(gradients.count == 1)
  }

  @Test func parametersThatAreNotWantedAreConstants() {
    for backend in TapeTests.backends {
      let (a, b) = (parameter([2, 3], on: backend), parameter([5, 7], on: backend))
      // y = a²b ⇒ dy/da = 2ab
      let (loss, gradients) = withGradients(of: [a]) { (a.tensor * a.tensor * b.tensor).sum() }
      #expect(loss.item() == 83)
      #expect(gradients[a]?.floats() == [20, 42])
      #expect(gradients[b] == nil && gradients.count == 1)
      #expect(withGradients(of: []) { (a.tensor * b.tensor).sum() }.gradients.count == 0)
    }
  }

  @Test func aParameterThatIsReadButDoesNotMatterHasNoGradient() {
    let (used, read) = (
      parameter([1], on: CPUBackend.shared), parameter([1], on: CPUBackend.shared)
    )
    let (_, gradients) = withGradients {
      _ = (read.tensor * 3).exp()
      return used.tensor.sum() + read.tensor.detached().sum()
    }
    #expect(gradients[used]?.floats() == [1])
    #expect(gradients[read] == nil)
  }

  @Test func aParameterMayBeTheLossItself() {
    let x = parameter([4], on: CPUBackend.shared)
    let (loss, gradients) = withGradients { x.tensor }
    #expect(loss.item() == 4)
    #expect(gradients[x]?.floats() == [1])
  }

  @Test func aLossWithoutParametersHasNoGradients() {
    let (loss, gradients) = withGradients { Tensor([2.0, 3], [2]).sum() }
    #expect(loss.item() == 5)
    #expect(gradients.count == 0)
  }

  @Test func onlyTheLossDecidesTheGradient() {
    // What is recorded after the loss, or beside it, adds nothing.
    let x = parameter([2], on: CPUBackend.shared)
    let (_, gradients) = withGradients {
      let loss = (x.tensor * 3).sum()
      _ = (loss * loss).exp()
      return loss
    }
    #expect(gradients[x]?.floats() == [3])
  }

  @Test func tapesNest() {
    let x = parameter([3], on: CPUBackend.shared)
    let (loss, outer) = withGradients {
      let square = x.tensor * x.tensor
      let (_, inner) = withGradients { (x.tensor * square).sum() }
      // Inside, x² belongs to the outer tape and is a constant: d(x · 9)/dx = 9.
      #expect(inner[x]?.floats() == [9])
      guard let gradient = inner[x] else { return square.sum() }
      #expect(!gradient.isTracked)
      return (square * gradient).sum()  // 9x²: d/dx = 18x
    }
    #expect(loss.item() == 81)
    #expect(outer[x]?.floats() == [54])
  }

  @Test func tensorsOfAnOldTapeAreConstants() {
    let x = parameter([3], on: CPUBackend.shared)
    var old: Tensor?
    _ = withGradients {
      let square = x.tensor * x.tensor
      old = square
      return square.sum()
    }
    let (_, gradients) = withGradients { (x.tensor * (old ?? x.tensor)).sum() }
    #expect(gradients[x]?.floats() == [9])
  }

  @Test func nothingIsRecordedOutsideATape() {
    let x = parameter([3], on: CPUBackend.shared)
    #expect(!x.tensor.isTracked)
    #expect(!(x.tensor * 2).isTracked)
    _ = withGradients {
      #expect(x.tensor.isTracked)
      #expect((x.tensor * 2).isTracked)
      #expect(!x.tensor.detached().isTracked)
      #expect(!(x.tensor.detached() * 2).isTracked)
      return x.tensor.sum()
    }
  }

  @Test func tasksHaveTheirOwnTapes() async {
    await withTaskGroup(of: [Float]?.self) { group in
      for factor in 1...8 {
        group.addTask {
          let x = Parameter("x", Tensor([2.0], [1]))
          let (_, gradients) = withGradients {
            (0..<100).reduce(x.tensor * 0) { sum, _ in sum + x.tensor * Float(factor) }.sum()
          }
          return gradients[x]?.floats().map { $0 / Float(factor) }
        }
      }
      for await gradient in group { #expect(gradient == [100]) }
    }
  }

  @Test func anErrorLeavesNoTapeBehind() {
    #expect(throws: Mismatch.self) {
      try withGradients { throw Mismatch("the body fails") }
    }
    #expect(Tape.current == nil)
  }

  @Test func updatingAParameterChangesNoTensorTakenBefore() {
    let x = parameter([1, 2], on: CPUBackend.shared)
    let before = x.tensor
    x.update { CPUBackend.shared.accumulate(Tensor([1.0, 1], [2]), scale: 1, into: &$0) }
    #expect(before.floats() == [1, 2])
    #expect(x.tensor.floats() == [2, 3])
  }

  @Test func aChainOf200000OperationsIsWalkedAndFreed() {
    let x = parameter([1], on: CPUBackend.shared)
    let (loss, gradients) = withGradients {
      (0..<200_000).reduce(x.tensor) { y, _ in y + 1 }.sum()
    }
    #expect(loss.item() == 200_001)
    #expect(gradients[x]?.floats() == [1])
    // A chain that no gradient walks is freed by the tape alone.
    let (constant, _) = withGradients {
      _ = (0..<200_000).reduce(x.tensor) { y, _ in y + 1 }
      return Tensor([3.0], [])
    }
    #expect(constant.item() == 3)
  }
}
