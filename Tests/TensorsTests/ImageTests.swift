import CKernels
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Laws of operations on images.
@Suite struct ImageTests {
  private let random = Random(seed: 47)
  private let close = Tolerance(absolute: 2e-5, relative: 1e-5)
  private static let backends: [any Backend] = [CPUBackend.shared, ReferenceBackend()]

  private func normal(_ shape: Shape, on backend: any Backend = CPUBackend.shared) -> Tensor {
    random.normals(shape, on: backend)
  }

  // MARK: Convolution

  @Test func aKernelThatIsOneAtItsCentreChangesNothing() {
    for channels in [1, 3, 20] {
      let x = normal([2, channels, 5, 6])
      var weight = [Float](repeating: 0, count: channels * channels * 9)
      for channel in 0..<channels { weight[(channel * channels + channel) * 9 + 4] = 1 }
      let y = convolution(x, Tensor(weight, [channels, channels, 3, 3]), padding: 1)
      #expect(mismatch(y, x, within: .exact) == nil)
    }
  }

  @Test func convolutionIsLinear() {
    let (x, z) = (normal([2, 17, 6, 6]), normal([2, 17, 6, 6]))
    let (w, v) = (normal([20, 17, 3, 3]), normal([20, 17, 3, 3]))
    func f(_ x: Tensor, _ w: Tensor) -> Tensor { convolution(x, w, stride: 2, padding: 1) }
    let wide = Tolerance(absolute: 2e-4, relative: 1e-5)
    #expect(mismatch(f(2 * x + z, w), 2 * f(x, w) + f(z, w), within: wide) == nil)
    #expect(mismatch(f(x, 2 * w + v), 2 * f(x, w) + f(x, v), within: wide) == nil)
  }

  @Test func aPointwiseConvolutionIsALinearMapOfChannels() {
    let (x, w, b) = (normal([3, 18, 4, 5]), normal([7, 18]), normal([7]))
    let y = convolution(x, w.reshaped([7, 18, 1, 1]), b)
    let rows = linear(x.permuted([0, 2, 3, 1]), w, b).permuted([0, 3, 1, 2])
    #expect(mismatch(y, rows, within: close) == nil)
  }

  @Test func groupsAreConvolutionsOfTheirOwn() {
    for (inputs, outputs, groups) in [(6, 8, 2), (32, 64, 2), (5, 5, 5), (16, 32, 16)] {
      let (x, b) = (normal([3, inputs, 5, 5]), normal([outputs]))
      let w = normal([outputs, inputs / groups, 3, 3])
      let y = convolution(x, w, b, padding: 1, groups: groups, activation: .relu)
      let parts = (0..<groups).map { group -> Tensor in
        let channels = (group * inputs / groups)..<((group + 1) * inputs / groups)
        let results = (group * outputs / groups)..<((group + 1) * outputs / groups)
        return convolution(
          x.sliced(1, channels), w.sliced(0, results), b.sliced(0, results), padding: 1,
          activation: .relu)
      }
      #expect(mismatch(y, concatenate(parts, 1), within: close) == nil, "\(groups) groups")
    }
  }

  @Test func aMaskMultipliesTheWeight() {
    let (x, w) = (normal([2, 3, 6, 6]), normal([4, 3, 5, 5]))
    for mask in [KernelMask.a(5), .b(5)] {
      let zeros = Tensor(mask.isLive.map { $0 ? 1 : 0 }, [5, 5])
      let (masked, multiplied) = (
        convolution(x, w, padding: 2, mask: mask), convolution(x, w * zeros, padding: 2)
      )
      #expect(mismatch(masked, multiplied, within: close) == nil)
    }
    #expect(KernelMask.a(3).isLive == [true, true, true, true, false, false, false, false, false])
    #expect(KernelMask.b(3).isLive == [true, true, true, true, true, false, false, false, false])
  }

  @Test func aFusedReluIsOneBehindTheConvolution() {
    for outputs in [3, 40] {
      let (x, w, b) = (normal([2, 18, 6, 6]), normal([outputs, 18, 3, 3]), normal([outputs]))
      let fused = convolution(x, w, b, activation: .relu)
      #expect(mismatch(fused, convolution(x, w, b).relu(), within: .exact) == nil)
      let v = normal([18, outputs, 3, 3])
      let (up, plain) = (
        transposedConvolution(x, v, b, stride: 2, activation: .relu),
        transposedConvolution(x, v, b, stride: 2)
      )
      #expect(mismatch(up, plain.relu(), within: .exact) == nil)
    }
  }

  // MARK: Transposed convolution

  @Test func aTransposedConvolutionAddsOverlappingContributions() {
    let (stride, padding) = (Extent(2, 3), Extent(1, 0))
    for (inputs, outputs) in [(3, 2), (17, 1), (20, 18)] {
      let (x, w) = (normal([2, inputs, 3, 4]), normal([inputs, outputs, 4, 3]))
      let size = Extent(2 * 3 + 2, 3 * 4)  // before cutting off: (H − 1) s + k
      var sums = [Float](repeating: 0, count: 2 * outputs * size.count)
      let (images, kernels) = (x.floats(), w.floats())
      for b in 0..<2 {
        for c in 0..<inputs {
          for place in 0..<12 {
            let value = images[(b * inputs + c) * 12 + place]
            let (top, left) = (place / 4 * stride.height, place % 4 * stride.width)
            for o in 0..<outputs {
              for tap in 0..<12 {
                let (row, column) = (top + tap / 3, left + tap % 3)
                sums[((b * outputs + o) * size.height + row) * size.width + column] +=
                  value * kernels[(c * outputs + o) * 12 + tap]
              }
            }
          }
        }
      }
      let whole = Tensor(sums, [2, outputs, size.height, size.width])
      let y = transposedConvolution(x, w, stride: stride, padding: padding)
      #expect(
        mismatch(
          y, whole.sliced(2, 1..<(size.height - 1)),
          within: Tolerance(absolute: 1e-4, relative: 1e-5)) == nil)
    }
  }

  @Test func aTransposedConvolutionIsTheConvolutionOfTheZeroStuffedImageWithTheFlippedKernel() {
    for backend in Self.backends {
      let (x, w) = (normal([2, 3, 3, 4], on: backend), normal([3, 2, 3, 3], on: backend))
      // Stride 2 puts a zero between neighbours.
      let stuffed = x.reshaped([2, 3, 3, 1, 4, 1])
        .padded([(0, 0), (0, 0), (0, 0), (0, 1), (0, 0), (0, 1)])
        .reshaped([2, 3, 6, 8]).sliced(2, 0..<5).sliced(3, 0..<7)
      let flipped = w.transposed(0, 1).flipped(2).flipped(3)
      let y = transposedConvolution(x, w, stride: 2, padding: 1, outputPadding: 1)
      // k − 1 − p = 1 on each side, and the output padding behind.
      let expected = convolution(stuffed.padded([(0, 0), (0, 0), (1, 2), (1, 2)]), flipped)
      #expect(mismatch(y, expected, within: close) == nil)
    }
  }

  @Test func aTransposedConvolutionIsTheTransposeOfTheConvolution() {
    // ⟨W ∗ x, y⟩ = ⟨x, Wᵀ ∗ y⟩
    let backend = ReferenceBackend()
    let (x, w) = (normal([2, 3, 7, 6], on: backend), normal([4, 3, 3, 2], on: backend))
    let y = normal([2, 4, 4, 3], on: backend)
    let forth = convolution(x, w, stride: 2, padding: Extent(1, 0))
    let back = transposedConvolution(y, w, stride: 2, padding: Extent(1, 0))
    #expect(forth.shape == y.shape && back.shape == [2, 3, 7, 6])
    #expect(abs((forth * y).sum().item() - (x * back).sum().item()) < 1e-10)
  }

  // MARK: Pools

  @Test(arguments: [(2, 2), (3, 3), (3, 2), (2, 1)])
  func unpoolingPutsEachMaximumBack(_ kernel: Int, _ stride: Int) {
    for channels in [2, 20] {
      let x = normal([3, channels, 7, 8])
      let (kernel, stride) = (Extent(kernel, kernel), Extent(stride, stride))
      let (values, switches) = maxPool(x, kernel: kernel, stride: stride)
      let y = maxUnpool(values, switches: switches, to: Extent(7, 8))
      // Each number is the image's own or zero, and pooling again finds the positive maxima.
      let isOwn = zip(y.floats(), x.floats()).map { $0 == $1 || $0 == 0 }
      #expect(isOwn.allSatisfy { $0 })
      #expect(y.floats().filter { $0 != 0 }.count == Set(uniquePlaces(switches)).count)
      let again = maxPool(y, kernel: kernel, stride: stride).values
      #expect(mismatch(again.relu(), values.relu(), within: .exact) == nil)
    }
  }

  private func uniquePlaces(_ switches: Tensor) -> [Int] {
    let plane = switches.shape[2] * switches.shape[3]
    return switches.integers().enumerated().map { $0.offset / plane * 1000 + Int($0.element) }
  }

  @Test func theFirstOfEqualMaximaCountsAndNaNIsLargest() {
    let x = Tensor([1, 3, 3, 2, .nan, 0, 5, 1], [1, 2, 2, 2])
    for backend in Self.backends {
      let (values, switches) = maxPool(Tensor(x.floats(), x.shape, on: backend), kernel: 2)
      #expect(values.floats()[0] == 3 && values.floats()[1].isNaN)
      #expect(switches.integers() == [1, 0])
    }
  }

  @Test func whatLiesOutsideIsNeverLargest() {
    let x = Tensor([Float](repeating: -1, count: 9), [1, 1, 3, 3])
    let (values, switches) = maxPool(x, kernel: 3, stride: 2, padding: 1)
    #expect(values.floats() == [-1, -1, -1, -1])
    #expect(switches.integers() == [0, 1, 3, 4])
  }

  @Test func meansOfAConstantAreTheConstantWhereThePaddingDoesNotCount() {
    let x = Tensor([Float](repeating: 3, count: 2 * 36), [1, 2, 6, 6])
    let y = averagePool(x, kernel: 3, stride: 2, padding: 1, countsPadding: false)
    #expect(y.floats().allSatisfy { abs($0 - 3) < 1e-6 })
    let counted = averagePool(x, kernel: 3, stride: 2, padding: 1).floats()
    #expect(abs(counted[0] - 3 * 4 / 9) < 1e-6)
  }

  @Test func copyingIntoEveryCellAndTakingMeansChangesNothing() {
    let x = normal([2, 20, 3, 4])
    let y = upsample(x, by: Extent(2, 3))
    #expect(y.shape == [2, 20, 6, 12])
    #expect(mismatch(averagePool(y, kernel: Extent(2, 3)), x, within: close) == nil)
    #expect(
      mismatch(maxPool(y, kernel: Extent(2, 3)).values, x, within: .exact) == nil)
  }

  @Test func alignedCornersStay() {
    let x = normal([1, 1, 4, 5])
    let y = upsample(x, to: Extent(9, 11), .bilinear(alignsCorners: true))
    for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
      #expect(
        y.sliced(2, row * 8..<(row * 8 + 1)).sliced(3, column * 10..<(column * 10 + 1)).item()
          == x.sliced(2, row * 3..<(row * 3 + 1)).sliced(3, column * 4..<(column * 4 + 1)).item())
    }
  }

  @Test func skewingPutsDiagonalsInColumns() {
    let x = Tensor([1, 2, 3, 4, 5, 6], [1, 1, 2, 3])
    let y = skewed(x)
    #expect(y.floats() == [1, 2, 3, 0, 0, 4, 5, 6])
    #expect(unskewed(y, width: 3).floats() == x.floats())
  }

  // MARK: Kernels

  /// Each instruction set has tiles of its own; the choice belongs to the whole process.
  @Test func everyInstructionSetConvolves() async {
    await #expect(processExitsWith: .success) {
      for row in OpTable.convolving {
        for precision in Precision.allCases {
          let expected = row.run(on: ReferenceBackend(), .contiguous, precision)
          for isa: Int32 in 1...4 {
            ck_gemm_select(isa)
            let found = row.run(on: CPUBackend.shared, .contiguous, precision)
            let results = zip(found.results, expected.results).map { ($0, $1) }
            let gradients = zip(found.gradients, expected.gradients).compactMap { found, expected in
              found.flatMap { found in expected.map { (found, $0) } }
            }
            #expect(gradients.count == row.operands.count)
            for (found, expected) in results + gradients {
              let tolerance = precision == .float32 ? row.tolerance : .bfloat16(expected)
              #expect(
                mismatch(found, expected, within: tolerance) == nil,
                "\(row.testDescription), instruction set \(isa), \(precision)")
            }
          }
        }
      }
    }
  }
}
