import Glibc
import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

private let backend = CPUBackend.shared

@Test func paddingDoesNotChangeRealPositions() throws {
  let store = ParameterStore(.fresh(Random(seed: 1)))
  let layer = try MultiHeadAttention(width: 16, heads: 4, dropout: 0, in: store.root)
  let random = Random(seed: 2)
  let short = random.normals([1, 5, 16], on: backend)
  let filler = random.normals([1, 3, 16], on: backend)
  let padded = Tensor(short.floats() + filler.floats(), [1, 8, 16])
  let alone = layer(short, memory: short, mask: .padding([5]), .inference)
  let together = layer(padded, memory: padded, mask: .padding([5]), .inference)
  #expect(
    mismatch(together.sliced(1, 0..<5), alone, within: Tolerance(absolute: 1e-5, relative: 1e-4))
      == nil)
}

@Test func permutingABatchPermutesTheOutput() throws {
  let store = ParameterStore(.fresh(Random(seed: 3)))
  let layer = try MultiHeadAttention(width: 8, heads: 2, dropout: 0, in: store.root)
  let x = Random(seed: 4).normals([3, 4, 8], on: backend)
  let swapped = x.selecting([2, 0, 1])
  let y = layer(x, memory: x, mask: .causalPadding([4, 2, 3]), .inference)
  let z = layer(swapped, memory: swapped, mask: .causalPadding([3, 4, 2]), .inference)
  #expect(z.floats() == y.selecting([2, 0, 1]).floats())
}

@Test func attentionWeightsAreTheSoftmaxOfScaledProducts() throws {
  let store = ParameterStore(.fresh(Random(seed: 5)))
  let layer = try MultiHeadAttention(width: 6, heads: 2, dropout: 0, in: store.root)
  let random = Random(seed: 6)
  let (x, m) = (random.normals([1, 3, 6], on: backend), random.normals([1, 4, 6], on: backend))
  func projected(_ name: String, _ x: Tensor) throws -> [Double] {
    let own = store.parameters.filter { $0.name.hasPrefix(name) }
    let (weight, bias) = (try #require(own.first), try #require(own.last))
    return linear(x, weight.tensor, bias.tensor).doubles()
  }
  let (q, k) = (try projected("q_proj", x), try projected("k_proj", m))
  let found = layer.weights(x, memory: m)
  #expect(found.shape == [1, 2, 3, 4])
  for (row, weights) in found.doubles().cut(into: 4).enumerated() {
    let (head, query) = (row / 3, row % 3)
    let scores = (0..<4).map { key in
      let product = (0..<3).reduce(0) { sum, place in
        sum + q[query * 6 + head * 3 + place] * k[key * 6 + head * 3 + place]
      }
      return exp(product / 3.0.squareRoot())
    }
    for (weight, score) in zip(weights, scores) {
      #expect(abs(weight - score / scores.reduce(0, +)) < 1e-5)
    }
  }
}

@Test func dropoutOfRateZeroIsTheIdentity() throws {
  let store = ParameterStore(.fresh(Random(seed: 7)))
  let layer = try FeedForward(width: 8, inner: 16, dropout: 0, in: store.root)
  let x = Random(seed: 8).normals([2, 3, 8], on: backend)
  #expect(layer(x, .training(Random(seed: 1))).floats() == layer(x, .inference).floats())
}

/// The gradients of whole layers against finite differences, in double precision.
@Test func gradientsOfALayerAreItsDerivatives() throws {
  let reference = ReferenceBackend()
  let store = ParameterStore(.fresh(Random(seed: 9)), on: reference)
  let attention = try MultiHeadAttention(width: 6, heads: 2, dropout: 0, in: store.root / "a")
  let norm = try LayerNorm(6, in: store.root / "n")
  let network = try FeedForward(width: 6, inner: 10, dropout: 0, in: store.root / "f")
  let x = Random(seed: 10).normals([2, 4, 6], on: reference)
  // A constant added to every key changes no softmax: the derivative by the keys' bias is 0.
  let parameters = store.parameters.filter { $0.name != "a.k_proj.bias" }
  let mismatch = gradientMismatch(parameters) {
    let a = attention(x, mask: .causalPadding([4, 3]), .inference)
    let (sum, normalized) = norm.afterResidual(x, a, dropout: 0, .inference)
    return sum + network(normalized, .inference)
  }
  #expect(mismatch == nil)
}

extension [Double] {
  /// Its rows of so many values.
  fileprivate func cut(into width: Int) -> [[Double]] {
    stride(from: 0, to: count, by: width).map { Array(self[$0..<$0 + width]) }
  }
}
