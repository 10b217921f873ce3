import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Operations that only inference has, with real matrices; those in eight bits are in `Int8Tests`.
@Suite struct InferenceTests {
  /// Products of numbers in bfloat16 are exact in float32, so that nothing but the order of the sums differs.
  @Test(arguments: [1, 7, 64, 200])
  func sumsOfNarrowFactorsAreNotRounded(rows: Int) {
    let random = Random(seed: 3)
    let (cpu, reference) = (CPUBackend.shared, ReferenceBackend())
    func moved(_ tensor: Tensor) -> Tensor { Tensor(tensor.floats(), tensor.shape, on: reference) }
    let x = random.normals([rows, 96], on: cpu).rounded(to: .bfloat16)
    let weight = random.normals([301, 96], on: cpu).rounded(to: .bfloat16)
    let bias = random.normals([301], on: cpu)
    let y = linearInFloat32(x, .real(weight), bias)
    #expect(y.dtype == .float32 && y.shape == [rows, 301])
    let expected = linear(moved(x), moved(weight), moved(bias))
    #expect(mismatch(y, expected, within: Tolerance(absolute: 1e-4, relative: 1e-5)) == nil)
    // What `linear` gives is rounded to eight bits.
    let rounded = linear(x, weight, bias)
    #expect(mismatch(rounded, expected, within: Tolerance(absolute: 1e-4, relative: 1e-5)) != nil)
    // In float32 both are the same.
    let wide = (x.rounded(to: .float32), weight.rounded(to: .float32))
    #expect(
      mismatch(
        linearInFloat32(wide.0, .real(wide.1), bias), linear(wide.0, wide.1, bias), within: .exact)
        == nil)
  }
}
