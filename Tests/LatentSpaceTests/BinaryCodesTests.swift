import SeqaeLatentSpace
import SeqaeRandom
import TestSupport
import Testing

/// Packed codes against a comparison bit by bit.
struct BinaryCodesTests {
  @Test(arguments: [1, 63, 64, 65, 128, 200])
  func distancesAreThoseOfEachBit(_ bits: Int) {
    let random = Random(seed: UInt64(bits))
    let vectors = (0..<50).map { _ in random.normals(bits) }
    var codes = BinaryCodes(bits: bits)
    for vector in vectors { codes.append(vector) }
    #expect(codes.count == 50)
    let query = random.normals(bits)
    let naive = vectors.map { vector in
      zip(vector, query).reduce(0) { $0 + (($1.0 > 0) != ($1.1 > 0) ? 1 : 0) }
    }
    #expect(codes.distances(to: query) == naive)
  }

  @Test func aBitIsOneAboveZero() {
    var codes = BinaryCodes(bits: 3)
    codes.append([0.5, -1, 2])
    codes.append([0, -0.0, 1e-30])
    #expect(codes.distances(to: [0.1, 0.1, -7]) == [2, 3])
    #expect(BinaryCodes(bits: 3).distances(to: [1, 1, 1]).isEmpty)
  }
}
