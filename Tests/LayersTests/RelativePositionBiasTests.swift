import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// transformers' T5Attention; see Tests/Fixtures/ops/relativeBias.md.
@Test(arguments: [("bidirectional", true), ("causal", false)])
func relativePositionsAreBiasedAsInTransformers(_ name: String, _ isBidirectional: Bool) throws {
  let fixture = try Fixture("ops/relativeBias.safetensors")
  let reference = ReferenceBackend()
  let folder = ScratchFolder()
  let path = folder("bias.safetensors")
  let weight = try fixture.tensor("\(name).weight", on: CPUBackend.shared)
  try Checkpoint.write(path, [("relative_attention_bias.weight", weight)])
  let store = ParameterStore(.checkpoint(try Checkpoint(path)), on: reference)
  let layer = try RelativePositionBias(
    heads: 3, width: 8, isBidirectional: isBidirectional,
    in: store.root / "relative_attention_bias")
  try store.finish()

  let dy = try fixture.tensor("\(name).dy", on: reference)
  let (_, gradients) = withGradients { (layer(queries: 9, keys: 9) * dy).sum() }
  let close = Tolerance(absolute: 1e-12, relative: 1e-12)
  let expected = try fixture.tensor("\(name).bias", on: reference)
  #expect(mismatch(layer(queries: 9, keys: 9), expected, within: close) == nil)
  let gradient = try #require(gradients[store.parameters[0]])
  #expect(
    mismatch(gradient, try fixture.tensor("\(name).dweight", on: reference), within: close) == nil)

  // Every distance from −300 to 300, as the first and the last query see them.
  let buckets = try fixture("\(name).buckets").values
  let rows = weight.floats()
  let row = layer(queries: 301, keys: 301).floats()  // [1, 3, 301, 301]
  for key in 0...300 {
    let (ahead, behind) = (Int(buckets[300 + key]), Int(buckets[key]))
    #expect(row[key] == rows[ahead * 3])  // query 0
    #expect(row[300 * 301 + key] == rows[behind * 3])  // query 300
  }
}

@Test func theLastQueriesOfARelativeBiasAreThoseOfTheWhole() throws {
  let store = ParameterStore(.fresh(Random(seed: 1)))
  let layer = try RelativePositionBias(
    heads: 2, width: 4, buckets: 8, maximumDistance: 6, isBidirectional: false, in: store.root)
  let whole = layer(queries: 10, keys: 10)
  let last = layer(queries: 3, keys: 10)  // as with a cache
  #expect(last.floats() == whole.sliced(2, 7..<10).floats())
  #expect(last.shape == [1, 2, 3, 10])
}
