import CKernels
import Glibc
import SeqaeRandom
import SeqaeTensors
import TestSupport
import Testing

/// Sizes at, below and above the edges of every instruction set's words, tiles, panels and tasks.
private let sizes = [
  1, 2, 3, 4, 5, 7, 8, 13, 14, 15, 16, 17, 28, 31, 32, 33, 63, 64, 65, 100, 113, 257, 300,
]

/// One product with weights of eight bits, and what it is made of.
private struct Int8Product {
  let (m, n, k): (Int, Int, Int)
  let x: [Float]
  let weights: [Int8]
  let scales: [Float]
  let bias: [Float]

  init(_ m: Int, _ n: Int, _ k: Int, _ random: Random, extreme: Bool = false) {
    (self.m, self.n, self.k) = (m, n, k)
    // Rows of different magnitudes, so that each needs its own scale.
    x =
      extreme
      ? (0..<(m * k)).map { _ in random.chance(0.5) ? 1 : -1 }
      : (0..<(m * k)).map { Float(random.normal()) * Float(1 + $0 / k) }
    weights = (0..<(n * k)).map { _ in
      extreme
        ? (random.chance(0.5) ? 127 : -128)
        : Int8(truncatingIfNeeded: random.integer(below: 256))
    }
    scales = (0..<n).map { _ in Float(0.01 + random.uniform()) }
    bias = (0..<n).map { _ in Float(random.normal()) }
  }

  /// The kernels' results, in float32.
  func results(_ activation: ck_activation = CK_IDENTITY, padding: Int = 0) -> [Float] {
    var y = [Float](repeating: .nan, count: m * (n + padding))
    let packed = UnsafeMutableRawPointer.allocate(
      byteCount: ck_int8_packed_size(n, k), alignment: 64)
    let rows = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, ck_int8_rows_size(m, k)), alignment: 64)
    defer {
      packed.deallocate()
      rows.deallocate()
    }
    ck_int8_pack(n, k, weights, scales, packed)
    ck_int8_round_rows(Int32(CK_FLOAT32.rawValue), m, k, x, k, rows)
    ck_int8_product(
      m, n, k, rows, packed, bias, Int32(activation.rawValue), &y, n + padding,
      Int32(CK_FLOAT32.rawValue))
    return y
  }

  /// Row `i` of x in whole numbers, rounded to nearest, ties to even, and what they are multiplied by.
  func rounded(_ i: Int) -> (numbers: [Int], scale: Double) {
    let row = x[i * k..<(i + 1) * k]
    let peak = row.map(abs).max() ?? 0
    guard peak >= 1e-30 else { return (row.map { _ in 0 }, 0) }
    let inverse = 127 / peak
    return (row.map { Int(($0 * inverse).rounded(.toNearestOrEven)) }, Double(peak / 127))
  }

  /// The integer sum and the bias of element (i, j).
  func expected(_ numbers: [Int], _ j: Int) -> Int {
    zip(numbers, weights[j * k..<(j + 1) * k]).reduce(0) { $0 + $1.0 * Int($1.1) }
  }

  /// Checks the sums, which are integers, and that the result is near the product of the real numbers.
  func check() {
    let y = results()
    var worst = 0.0
    for i in 0..<m {
      let (numbers, scale) = rounded(i)
      for j in 0..<n {
        let (s, b, found) = (Double(scales[j]), Double(bias[j]), Double(y[i * n + j]))
        let exact = Double(expected(numbers, j)) * scale * s
        // The sum becomes a float32, is scaled by a rounded product of scales, and the bias is added.
        let rounding = 4 * 0x1p-24 * (abs(exact) + abs(b)) + 1e-30
        worst = max(worst, abs(found - (exact + b)) / rounding)
        // x is off by half a unit of its row at most, the weights are what they are.
        let (row, column) = (x[i * k..<(i + 1) * k], weights[j * k..<(j + 1) * k])
        let real = zip(row, column).reduce(b) { $0 + Double($1.0) * Double($1.1) * s }
        let bound = column.reduce(0) { $0 + abs(Double($1)) } * s * scale * 0.501
        #expect(abs(found - real) <= bound + rounding, "(\(i), \(j)) of \(m) × \(n) × \(k)")
      }
    }
    #expect(worst <= 1, "\(m) × \(n) × \(k): \(worst) times the bound")
  }
}

private func checkProducts(_ isa: Int32) {
  ck_gemm_select(isa)
  let random = Random(seed: 41)
  func pick() -> Int { sizes[random.integer(below: sizes.count)] }
  for _ in 0..<60 { Int8Product(pick(), pick(), pick(), random).check() }
  for (m, n, k) in [(1, 600, 40), (230, 33, 20), (20, 40, 3000)] {
    Int8Product(m, n, k, random).check()
  }
  // Sums of two, four and more products of the largest numbers leave sixteen bits.
  for k in [1, 2, 3, 4, 64, 1000] {
    Int8Product(15, 33, k, random, extreme: true).check()
  }
  // Each row of results ends where it should, with activations, too.
  let product = Int8Product(15, 37, 70, random)
  let plain = product.results()
  for (activation, function) in [
    (CK_RELU, { max(0, $0) }), (CK_GELU, { $0 * (0.5 + 0.5 * erf($0 / 2.0.squareRoot())) }),
  ] as [(ck_activation, (Double) -> Double)] {
    let wide = product.results(activation, padding: 3)
    for i in 0..<15 {
      for j in 0..<37 {
        let expected = function(Double(plain[i * 37 + j]))
        #expect(abs(Double(wide[i * 40 + j]) - expected) <= 1e-5 * max(1, abs(expected)))
      }
      #expect(wide[(i * 40 + 37)..<(i * 40 + 40)].allSatisfy { $0.isNaN })
    }
  }
}

@Suite struct Int8Tests {
  // The instruction set belongs to the process.
  @Test func portableSumsAreExact() async {
    await #expect(processExitsWith: .success) { checkProducts(1) }
  }

  @Test func avx2SumsAreExact() async {
    await #expect(processExitsWith: .success) { checkProducts(2) }
  }

  @Test func avx512SumsAreExact() async {
    await #expect(processExitsWith: .success) { checkProducts(3) }
  }

  @Test func sumsOfTheBestInstructionSetAreExact() async {
    await #expect(processExitsWith: .success) { checkProducts(0) }
  }

  /// 65,536 products of the largest numbers: 2³⁰ and a little less.
  @Test func theDeepestSumsStayInTheirBits() async {
    await #expect(processExitsWith: .success) {
      let k = Int(CK_INT8_DEEPEST)
      for isa in 1...4 as ClosedRange<Int32> {
        ck_gemm_select(isa)
        for sign in [1, -1] as [Float] {
          var x = [Float](repeating: sign, count: k)
          var (y, scale) = (Float.nan, Float(1))
          var weights = [Int8](repeating: -128, count: k)
          let packed = UnsafeMutableRawPointer.allocate(
            byteCount: ck_int8_packed_size(1, k), alignment: 64)
          let rows = UnsafeMutableRawPointer.allocate(
            byteCount: ck_int8_rows_size(1, k), alignment: 64)
          ck_int8_pack(1, k, &weights, &scale, packed)
          ck_int8_round_rows(Int32(CK_FLOAT32.rawValue), 1, k, &x, k, rows)
          ck_int8_product(
            1, 1, k, rows, packed, nil, Int32(CK_IDENTITY.rawValue), &y, 1,
            Int32(CK_FLOAT32.rawValue))
          // −128 · 65,536, exact in float32 but for the scale 1 / 127.
          #expect(abs(y + sign * 128 * Float(k)) <= 2)
        }
      }
    }
  }

  @Test func aRowsLargestWeightBecomesTheLargestNumber() {
    let random = Random(seed: 5)
    var values = random.normals(20 * 33)
    for column in 0..<33 { values[7 * 33 + column] = 0 }
    let w = Tensor(values, [20, 33])
    let matrix = QuantizedMatrix(w)
    let again = matrix.dequantized(on: CPUBackend.shared).floats()
    for row in 0..<20 {
      let numbers = matrix.values[row * 33..<(row + 1) * 33]
      #expect(numbers.map { abs(Int($0)) }.max() == (row == 7 ? 0 : 127))
      for index in row * 33..<(row + 1) * 33 {
        #expect(abs(again[index] - values[index]) <= 0.5001 * matrix.scales[row])
      }
    }
  }

  @Test func lookedUpRowsAreTheDequantizedOnes() {
    let random = Random(seed: 6)
    let matrix = QuantizedMatrix(random.normals([50, 37], on: CPUBackend.shared))
    let ids = random.integers([3, 9], below: 50, on: CPUBackend.shared)
    let real = matrix.dequantized(on: CPUBackend.shared)
    for precision in Precision.allCases {
      withPrecision(precision) {
        let found = embedding(.quantized(matrix), ids, scale: 1.7)
        #expect(found.dtype == precision.dtype)
        let expected = embedding(real, ids, scale: 1.7)
        let tolerance = Tolerance(relative: precision == .float32 ? 1e-6 : 0x1p-8)
        #expect(mismatch(found, expected, within: tolerance) == nil)
      }
    }
  }

  /// The CPU's fused maps against the composition that any backend has.
  @Test func mapsSideBySideAreEachMapAlone() {
    let random = Random(seed: 7)
    let (cpu, reference) = (CPUBackend.shared, ReferenceBackend())
    for rows in [0, 1, 3, 20, 200] {
      let x = random.normals([rows, 40], on: cpu)
      let real = random.normals([33, 40], on: cpu)
      let eight = QuantizedMatrix(random.normals([18, 40], on: cpu))
      let biases = [random.normals([33], on: cpu), random.normals([18], on: cpu)]
      let maps: [(weight: Matrix, bias: Tensor?)] = [
        (.real(real), biases[0]), (.quantized(eight), biases[1]), (.quantized(eight), nil),
      ]
      let y = linear(x, sideBySide: maps)
      #expect(y.shape == [rows, 69])
      var start = 0
      for (weight, bias) in maps {
        let end = start + weight.shape[0]
        let alone = linear(x, weight, bias)
        #expect(mismatch(y.sliced(1, start..<end), alone, within: .exact) == nil)
        start = end
      }
      func moved(_ tensor: Tensor) -> Tensor {
        Tensor(tensor.floats(), tensor.shape, on: reference)
      }
      let expected = linear(
        moved(x),
        sideBySide: [
          (.real(moved(real)), moved(biases[0])), (.quantized(eight), moved(biases[1])),
          (.quantized(eight), nil),
        ])
      // A row is off by up to half a unit of 1 / 127 of its peak, some three, in each of 40 terms.
      #expect(mismatch(y, expected, within: Tolerance(absolute: 0.7, relative: 1e-5)) == nil)
    }
  }

  @Test func whatIsNoNumberSpoilsItsRowAndNoOther() {
    let random = Random(seed: 8)
    let matrix = QuantizedMatrix(random.normals([20, 40], on: CPUBackend.shared))
    var values = random.normals(3 * 40)
    let clean = linear(Tensor(values, [3, 40]), .quantized(matrix), nil).floats()
    for wrong in [Float.nan, .infinity, -.infinity] {
      values[47] = wrong
      let y = linear(Tensor(values, [3, 40]), .quantized(matrix), nil).floats()
      #expect(y[20..<40].allSatisfy { $0.isNaN })
      #expect(y[..<20] == clean[..<20] && y[40...] == clean[40...])
    }
  }
}
