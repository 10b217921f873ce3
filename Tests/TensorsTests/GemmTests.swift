import CKernels
import Glibc
import SeqaeRandom
import Testing

/// How the elements of a matrix lie in memory.
private enum Layout: CaseIterable {
  case rows, paddedRows, columns, paddedColumns, spaced
}

/// A matrix with strides, in random numbers of [-1, 1].
private struct Matrix {
  var values: [Float]
  let row: Int
  let column: Int

  init(_ rows: Int, _ columns: Int, _ layout: Layout, _ random: Random) {
    switch layout {
    case .rows: (row, column) = (columns, 1)
    case .paddedRows: (row, column) = (columns + 3, 1)
    case .columns: (row, column) = (1, rows)
    case .paddedColumns: (row, column) = (1, rows + 5)
    case .spaced: (row, column) = (2 * columns + 1, 2)
    }
    // Exactly as long as the last element needs: reading further is an error.
    let count = rows == 0 || columns == 0 ? 0 : (rows - 1) * row + (columns - 1) * column + 1
    values = (0..<count).map { _ in Float(random.uniform() * 2 - 1) }
  }

  subscript(i: Int, j: Int) -> Double { Double(values[i * row + j * column]) }
}

/// One call of `ck_gemm_f32`, its float64 twin and the bound of their difference.
private struct Product {
  var m: Int
  var n: Int
  var k: Int
  var alpha: Float = 1
  var beta: Float = 0
  var a: Matrix
  var b: Matrix
  /// C before the call, with two columns of padding.
  var c: [Float]
  var bias: [Float]?
  var activation = CK_IDENTITY
  var keepsPreactivation = false

  var stride: Int { n + 2 }

  init(
    _ m: Int, _ n: Int, _ k: Int, _ layoutA: Layout = .rows, _ layoutB: Layout = .rows,
    random: Random
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    a = Matrix(m, k, layoutA, random)
    b = Matrix(k, n, layoutB, random)
    c = (0..<m * (n + 2)).map { _ in Float(random.uniform() * 2 - 1) }
  }

  /// C and the preactivation after the call.
  func run() -> (c: [Float], preactivation: [Float]) {
    var result = c
    var preactivation = [Float](repeating: .nan, count: c.count)
    let size = ck_gemm_scratch(m, n, k)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: size + 64, alignment: 64)
    defer { scratch.deallocate() }
    scratch.initializeMemory(as: UInt8.self, repeating: 0xff, count: size + 64)  // NaN
    a.values.withUnsafeBufferPointer { a in
      b.values.withUnsafeBufferPointer { b in
        result.withUnsafeMutableBufferPointer { c in
          preactivation.withUnsafeMutableBufferPointer { pre in
            call(a.baseAddress, b.baseAddress, c.baseAddress, pre.baseAddress, scratch)
          }
        }
      }
    }
    let behind = UnsafeRawBufferPointer(start: scratch + size, count: 64)
    #expect(behind.allSatisfy { $0 == 0xff }, "\(m) × \(n) × \(k) wrote behind its scratch")
    return (result, preactivation)
  }

  private func call(
    _ aValues: UnsafePointer<Float>?, _ bValues: UnsafePointer<Float>?,
    _ cValues: UnsafeMutablePointer<Float>?, _ preactivation: UnsafeMutablePointer<Float>?,
    _ scratch: UnsafeMutableRawPointer
  ) {
    guard bias != nil || keepsPreactivation || activation != CK_IDENTITY else {
      ck_gemm_f32(
        m, n, k, alpha, aValues, a.row, a.column, bValues, b.row, b.column, beta, cValues, stride,
        nil, scratch)
      return
    }
    (bias ?? []).withUnsafeBufferPointer { biasValues in
      var epilogue = ck_epilogue(
        bias: bias == nil ? nil : biasValues.baseAddress, activation: Int32(activation.rawValue),
        preactivation: keepsPreactivation ? preactivation : nil)
      ck_gemm_f32(
        m, n, k, alpha, aValues, a.row, a.column, bValues, b.row, b.column, beta, cValues, stride,
        &epilogue, scratch)
    }
  }

  /// Element (i, j) before activation in float64, and the sum of its terms' magnitudes.
  func exact(_ i: Int, _ j: Int) -> (value: Double, magnitude: Double) {
    var sum = 0.0
    var magnitude = 0.0
    for p in 0..<k {
      let term = a[i, p] * b[p, j]
      sum += term
      magnitude += abs(term)
    }
    sum *= Double(alpha)
    if beta != 0 { sum += Double(beta) * Double(c[i * stride + j]) }
    if let bias { sum += Double(bias[j]) }
    return (sum, magnitude + abs(sum) + 2)
  }

  /// Runs the product and compares every float that it may and may not have written.
  func check() {
    let (result, preactivation) = run()
    let name = "\(m) × \(n) × \(k), α \(alpha), β \(beta), \(String(cString: ck_isa_name()))"
    for i in 0..<m {
      for j in 0..<n {
        let (value, magnitude) = exact(i, j)
        let bound = 4e-7 * magnitude
        var expected = value
        if activation == CK_GELU { expected = 0.5 * value * (1 + erf(value * 0.5.squareRoot())) }
        let found = Double(result[i * stride + j])
        guard abs(found - expected) <= bound else {
          Issue.record("\(name): [\(i), \(j)] is \(found), not \(expected)")
          return
        }
        let before = Double(preactivation[i * stride + j])
        guard keepsPreactivation ? abs(before - value) <= bound : before.isNaN else {
          Issue.record("\(name): preactivation [\(i), \(j)] is \(before), not \(value)")
          return
        }
      }
      for j in n..<stride {
        let padding = i * stride + j
        guard result[padding].bitPattern == c[padding].bitPattern, preactivation[padding].isNaN
        else {
          Issue.record("\(name): wrote behind row \(i)")
          return
        }
      }
    }
  }
}

/// Sizes at, below and above the tiles' edges of every instruction set.
private let sizes = [
  1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17, 28, 31, 32, 33, 48, 64, 65, 100,
]

/// Shapes that take each path: dot products, few columns, either operand shared, several passes and
/// several blocks of terms.
private let shapes = [
  (1, 257, 300), (3, 70, 64), (16, 100, 33), (257, 1, 65), (257, 4, 40), (300, 3, 1),
  (14, 300, 70), (64, 64, 64), (100, 257, 31), (257, 100, 33), (300, 257, 5), (5, 6, 1100),
  (33, 40, 1025), (1, 1, 3000), (20, 300, 513), (17, 5, 9000), (5, 40, 16_385),
]

private func checkShapes(_ isa: Int32) {
  ck_gemm_select(isa)
  let random = Random(seed: 11)
  func pick<T>(_ choices: [T]) -> T { choices[random.integer(below: choices.count)] }
  let mixed = (0..<150).map { _ in (pick(sizes), pick(sizes), pick(sizes)) }
  for (m, n, k) in shapes + mixed {
    var product = Product(
      m, n, k, pick(Layout.allCases), pick(Layout.allCases), random: random)
    product.alpha = pick([1, 1, -0.7])
    product.beta = pick([0, 1, 0.5])
    if random.chance(0.5) {
      product.bias = (0..<n).map { _ in Float(random.uniform() * 2 - 1) }
      product.activation = pick([CK_IDENTITY, CK_GELU])
      product.keepsPreactivation = random.chance(0.5)
    }
    if product.beta == 0 { product.c = product.c.map { _ in .nan } }
    product.check()
  }
}

@Suite struct GemmTests {
  // The instruction set and the number of threads belong to the process, so tests that set them
  // run in processes of their own.
  @Test func portableProductsMatchFloat64() async {
    await #expect(processExitsWith: .success) { checkShapes(1) }
  }

  @Test func avx2ProductsMatchFloat64() async {
    await #expect(processExitsWith: .success) { checkShapes(2) }
  }

  @Test func avx512ProductsMatchFloat64() async {
    await #expect(processExitsWith: .success) { checkShapes(3) }
  }

  @Test(arguments: Layout.allCases)
  fileprivate func everyPairOfLayoutsWorks(layout: Layout) {
    let random = Random(seed: 3)
    for other in Layout.allCases {
      for (m, n, k) in [(1, 40, 64), (9, 33, 40), (40, 50, 30), (50, 2, 37), (60, 70, 80)] {
        Product(m, n, k, layout, other, random: random).check()
      }
    }
  }

  @Test func emptyProductsTouchNothing() {
    let random = Random(seed: 5)
    for (m, n, k) in [(0, 5, 4), (5, 0, 4), (0, 0, 0)] {
      Product(m, n, k, random: random).check()
    }
  }

  @Test func aSumOfNoTermsIsZero() {
    var product = Product(3, 35, 0, random: Random(seed: 7))
    product.c = product.c.map { _ in .nan }
    product.check()
    product = Product(3, 35, 0, random: Random(seed: 8))
    product.beta = 0.5
    product.bias = (0..<35).map(Float.init)
    product.activation = CK_GELU
    product.keepsPreactivation = true
    product.check()
  }

  @Test func notANumberPassesThrough() {
    for (m, n, k) in [(1, 40, 64), (40, 50, 30), (60, 3, 80)] {
      var product = Product(m, n, k, random: Random(seed: 9))
      product.a.values[product.a.row * (m - 1) + k - 1] = .nan
      let (c, _) = product.run()
      for i in 0..<m {
        for j in 0..<n { #expect(c[i * product.stride + j].isNaN == (i == m - 1)) }
      }
    }
  }

  @Test func theNumberOfThreadsChangesNoBit() async {
    await #expect(processExitsWith: .success) {
      let random = Random(seed: 13)
      for (m, n, k) in [(300, 260, 200), (64, 500, 300), (1, 4000, 256), (700, 64, 700)] {
        for layout in [Layout.rows, .columns] {
          let product = Product(m, n, k, layout, .columns, random: random)
          ck_set_threads(1)
          let alone = product.run().c.map(\.bitPattern)
          for threads in [2, 3] {
            ck_set_threads(Int32(threads))
            precondition(product.run().c.map(\.bitPattern) == alone, "\(m) × \(n) × \(k)")
          }
        }
      }
    }
  }

  @Test func batchedProductsEqualSingleOnes() {
    let random = Random(seed: 17)
    for (count, m, n, k) in [(1, 20, 20, 64), (7, 33, 40, 17), (40, 64, 64, 32), (9, 1, 50, 64)] {
      for layoutB in [Layout.rows, .columns] {
        let products = (0..<count).map { _ in
          Product(m, n, k, .rows, layoutB, random: random)
        }
        let a = products.flatMap(\.a.values)
        let b = products.flatMap(\.b.values)
        var c = products.flatMap(\.c)
        let first = products[0]
        let size = ck_gemm_batched_scratch(count, m, n, k)
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        defer { scratch.deallocate() }
        ck_gemm_batched_f32(
          count, m, n, k, 0.5, a, first.a.row, first.a.column, m * k, b, first.b.row,
          first.b.column, k * n, 1, &c, first.stride, m * first.stride, scratch)
        let expected = products.flatMap { product in
          var single = product
          single.alpha = 0.5
          single.beta = 1
          return single.run().c
        }
        #expect(c.map(\.bitPattern) == expected.map(\.bitPattern), "\(count) of \(m) × \(n) × \(k)")
      }
    }
  }

  @Test func geluIsExactToAMillionth() {
    // The product of no terms: x as the bias passes through the epilogue alone.
    let count = 4001
    let x = (0..<count).map { Float($0 - 2000) / 200 } + [1e30, -1e30, .infinity]
    var y = [Float](repeating: 0, count: x.count)
    x.withUnsafeBufferPointer { x in
      var epilogue = ck_epilogue(
        bias: x.baseAddress, activation: Int32(CK_GELU.rawValue), preactivation: nil)
      ck_gemm_f32(1, x.count, 0, 1, nil, 0, 1, nil, 0, 1, 0, &y, x.count, &epilogue, nil)
    }
    for (x, y) in zip(x, y).prefix(count) {
      let exact = 0.5 * Double(x) * erfc(-Double(x) * 0.5.squareRoot())
      #expect(abs(Double(y) - exact) <= 1e-6 * max(1, abs(exact)))
    }
    #expect(y[count] == 1e30 && y[count + 1] == 0 && y[count + 2] == .infinity)
  }
}
