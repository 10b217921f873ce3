import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Norms of channels: gradients against central differences, and laws.
@Suite struct ChannelNormTests {
  private let backend = ReferenceBackend()
  private let random = Random(seed: 53)

  private func normal(_ shape: Shape) -> Tensor { random.normals(shape, on: backend) }

  @Test(arguments: [[3, 6], [2, 6, 4], [2, 6, 3, 2]] as [Shape])
  func gradients(_ shape: Shape) {
    let inputs = [normal(shape), normal([6]), normal([6])]
    for groups in [1, 2, 3] {
      #expect(
        gradientMismatch(at: inputs) {
          groupNorm($0[0], groups: groups, gain: $0[1], bias: $0[2], epsilon: 1e-3)
        } == nil)
    }
    #expect(
      gradientMismatch(at: inputs) {
        batchNorm($0[0], gain: $0[1], bias: $0[2], epsilon: 1e-3).y
      } == nil)
    let (mean, variance) = (normal([6]), normal([6]).square())
    #expect(
      gradientMismatch(at: inputs) {
        batchNorm(
          $0[0], gain: $0[1], bias: $0[2], mean: mean, variance: variance, epsilon: 1e-3)
      } == nil)
  }

  @Test func gradientsOfTheRootMeanSquare() {
    #expect(
      gradientMismatch(at: [normal([3, 4, 5]), normal([5])]) {
        rmsNorm($0[0], gain: $0[1], epsilon: 1e-3)
      } == nil)
  }

  // All channels in one group: layer norm of the flattened example.
  @Test func oneGroupIsLayerNorm() {
    for backend in [CPUBackend.shared as any Backend, backend] {
      let random = Random(seed: 3)
      let x = random.normals([4, 30], on: backend)
      let (gain, bias) = (random.normals([30], on: backend), random.normals([30], on: backend))
      #expect(
        mismatch(
          groupNorm(x, groups: 1, gain: gain, bias: bias, epsilon: 1e-5),
          layerNorm(x, gain: gain, bias: bias, epsilon: 1e-5),
          within: Tolerance(absolute: 1e-5, relative: 1e-5)) == nil)
    }
  }

  // What a batch's own statistics normalize is what these, once known, normalize.
  @Test func knownStatisticsGiveTheSame() {
    for backend in [CPUBackend.shared as any Backend, backend] {
      let random = Random(seed: 4)
      let x = random.normals([8, 5, 3, 3], on: backend) * 3 + 2
      let (gain, bias) = (random.normals([5], on: backend), random.normals([5], on: backend))
      let (y, mean, variance) = batchNorm(x, gain: gain, bias: bias, epsilon: 1e-5)
      let z = batchNorm(
        x, gain: gain, bias: bias, mean: mean, variance: variance, epsilon: 1e-5)
      #expect(mismatch(y, z, within: Tolerance(absolute: 1e-5, relative: 1e-5)) == nil)
      let each = x.mean([0, 2, 3]).reshaped([5])
      #expect(mismatch(mean, each, within: Tolerance(absolute: 1e-5, relative: 1e-5)) == nil)
      let spread = x.variance([0, 2, 3], correction: 0).reshaped([5])
      #expect(mismatch(variance, spread, within: Tolerance(relative: 1e-5)) == nil)
    }
  }

  @Test func channelsFarFromZeroKeepTheirVariance() {
    let random = Random(seed: 5)
    let x = random.normals([16, 4, 50], on: CPUBackend.shared)
    let gain = CPUBackend.shared.full([4], 1)
    let bias = CPUBackend.shared.full([4], 0)
    let near = batchNorm(x, gain: gain, bias: bias, epsilon: 1e-5)
    let far = batchNorm(x + 1000, gain: gain, bias: bias, epsilon: 1e-5)
    #expect(mismatch(far.variance, near.variance, within: Tolerance(relative: 1e-4)) == nil)
    #expect(mismatch(far.y, near.y, within: Tolerance(absolute: 1e-3)) == nil)
  }
}
