import CKernels
import Glibc
import SeqaeRandom
import Testing

/// Sizes at, below and above the tiles' edges of every instruction set.
private let sizes = [
  1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17, 28, 31, 32, 33, 48, 64, 65, 100,
]

/// Shapes that take each path: dot products, few columns, either operand shared, several passes and
/// several blocks of terms.
private let shapes = [
  (1, 257, 300), (3, 70, 64), (16, 100, 33), (257, 1, 65), (257, 4, 40), (300, 3, 1),
  (14, 300, 70), (64, 64, 64), (100, 257, 31), (257, 100, 33), (300, 257, 5), (5, 6, 1100),
  (33, 40, 1025), (40, 300, 256), (20, 500, 2049), (1, 1, 3000), (20, 300, 513), (17, 5, 9000),
  (5, 40, 16_385), (40, 18, 17_001),
]

/// The types of operands and of results.
private let types = [
  (CK_FLOAT32, CK_FLOAT32), (CK_BFLOAT16, CK_FLOAT32), (CK_BFLOAT16, CK_BFLOAT16),
]

private func checkShapes(_ isa: Int32) {
  ck_gemm_select(isa)
  let random = Random(seed: 11)
  func pick<T>(_ choices: [T]) -> T { choices[random.integer(below: choices.count)] }
  for (type, typeC) in types {
    let mixed = (0..<150).map { _ in (pick(sizes), pick(sizes), pick(sizes)) }
    for (m, n, k) in shapes + mixed {
      var product = GemmProduct(
        m, n, k, pick(MatrixOrder.allCases), pick(MatrixOrder.allCases), type: type, typeC: typeC,
        random: random)
      product.packs = random.chance(0.4)
      product.givesPackedAlone = random.chance(0.5)
      product.alpha = pick([1, 1, -0.7])
      product.beta = pick([0, 1, 0.5])
      if random.chance(0.5) { product.bias = (0..<n).map { _ in GemmProduct.number(type, random) } }
      if random.chance(0.5) {
        product.activation = pick([CK_IDENTITY, CK_GELU, CK_RELU])
        product.keepsDerivative = random.chance(0.5)
      }
      if random.chance(0.3) {
        product.factor = product.c.map { _ in GemmProduct.number(typeC, random) }
      }
      if product.beta == 0 { product.c = product.c.map { _ in .nan } }
      product.check()
    }
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

  @Test func avx512BFloat16ProductsMatchFloat64() async {
    await #expect(processExitsWith: .success) { checkShapes(4) }
  }

  @Test(arguments: MatrixOrder.allCases)
  func everyPairOfOrdersWorks(order: MatrixOrder) {
    let random = Random(seed: 3)
    for other in MatrixOrder.allCases {
      for (m, n, k) in [
        (1, 40, 64), (1, 336, 33), (2, 208, 70), (9, 33, 40), (40, 50, 30), (50, 2, 37),
        (60, 70, 80), (24, 150, 300),
      ] {
        for (type, typeC) in types {
          GemmProduct(m, n, k, order, other, type: type, typeC: typeC, random: random).check()
        }
      }
    }
  }

  @Test func emptyProductsTouchNothing() {
    let random = Random(seed: 5)
    for (m, n, k) in [(0, 5, 4), (5, 0, 4), (0, 0, 0)] {
      for (type, typeC) in types {
        GemmProduct(m, n, k, type: type, typeC: typeC, random: random).check()
      }
    }
  }

  @Test func aSumOfNoTermsIsZero() {
    for (type, typeC) in types {
      var product = GemmProduct(3, 135, 0, type: type, typeC: typeC, random: Random(seed: 7))
      product.c = product.c.map { _ in .nan }
      product.check()
      product = GemmProduct(3, 135, 0, type: type, typeC: typeC, random: Random(seed: 8))
      product.beta = 0.5
      product.bias = (0..<135).map(Float.init)
      product.activation = CK_GELU
      product.keepsDerivative = true
      product.check()
    }
  }

  @Test func notANumberPassesThrough() {
    for (m, n, k) in [(1, 40, 64), (40, 50, 30), (60, 3, 80), (20, 40, 31)] {
      for (type, typeC) in types {
        var product = GemmProduct(m, n, k, type: type, typeC: typeC, random: Random(seed: 9))
        product.a.values[product.a.row * (m - 1) + k - 1] = .nan
        let (c, _) = product.run()
        for i in 0..<m {
          for j in 0..<n { #expect(c[i * product.stride + j].isNaN == (i == m - 1)) }
        }
      }
    }
  }

  @Test func resultsRoundToTheNearestEven() {
    // 1 + p 2⁻⁹ lies on a bfloat16 number, between two, or in the middle; doubled by C too.
    let random = Random(seed: 10)
    let values = (0..<512).map { 1 + Float($0) * 0x1p-9 } + [.infinity, 3.4e38, -3.4e38]
    var product = GemmProduct(
      33, values.count, 0, type: CK_BFLOAT16, typeC: CK_BFLOAT16, random: random)
    product.bias = values
    let (c, _) = product.run()
    for (j, value) in values.enumerated() {
      #expect(c[32 * product.stride + j].bitPattern == widened(bfloat16(value)).bitPattern)
    }
  }

  @Test func theNumberOfThreadsChangesNoBit() async {
    await #expect(processExitsWith: .success) {
      let random = Random(seed: 13)
      for (m, n, k) in [(300, 260, 200), (64, 500, 300), (1, 4000, 256), (700, 64, 700)] {
        for order in [MatrixOrder.rows, .columns] {
          for (type, typeC) in types {
            let product = GemmProduct(
              m, n, k, order, .columns, type: type, typeC: typeC, random: random)
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
  }

  @Test func batchedProductsEqualSingleOnes() {
    let random = Random(seed: 17)
    for (count, m, n, k) in [(1, 20, 20, 64), (7, 33, 40, 17), (40, 64, 64, 32), (9, 1, 50, 64)] {
      for order in [MatrixOrder.rows, .columns] {
        for (type, typeC) in types {
          let products = (0..<count).map { _ in
            var product = GemmProduct(
              m, n, k, .rows, order, type: type, typeC: typeC, random: random)
            product.alpha = 0.5
            product.beta = 1
            return product
          }
          let expected = products.flatMap { $0.run().c }
          #expect(
            runTogether(products).map(\.bitPattern) == expected.map(\.bitPattern),
            "\(count) of \(m) × \(n) × \(k)")
        }
      }
    }
  }

  /// C of all products, computed in one call.
  private func runTogether(_ products: [GemmProduct]) -> [Float] {
    let first = products[0]
    let (count, m, n, k) = (products.count, first.m, first.n, first.k)
    let a = Stored(products.flatMap(\.a.values), first.type)
    let b = Stored(products.flatMap(\.b.values), first.type)
    let c = Stored(products.flatMap(\.c), first.typeC)
    let size =
      first.type == CK_FLOAT32
      ? ck_gemm_batched_scratch(count, m, n, k) : ck_gemm_batched_bf16_scratch(count, m, n, k)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    defer { scratch.deallocate() }
    if first.type == CK_FLOAT32 {
      ck_gemm_batched_f32(
        count, m, n, k, first.alpha, a.pointer.assumingMemoryBound(to: Float.self), first.a.row,
        first.a.column, m * k, b.pointer.assumingMemoryBound(to: Float.self), first.b.row,
        first.b.column, k * n, first.beta, c.pointer.assumingMemoryBound(to: Float.self),
        first.stride, m * first.stride, scratch)
    } else {
      ck_gemm_batched_bf16(
        count, m, n, k, first.alpha, a.pointer.assumingMemoryBound(to: UInt16.self), first.a.row,
        first.a.column, m * k, b.pointer.assumingMemoryBound(to: UInt16.self), first.b.row,
        first.b.column, k * n, first.beta, c.pointer, first.stride, m * first.stride,
        Int32(first.typeC.rawValue), scratch)
    }
    return c.floats
  }

  @Test func geluIsExactToAMillionth() {
    // The product of no terms: x as the bias passes through the epilogue alone.
    let count = 4001
    let x = (0..<count).map { Float($0 - 2000) / 200 } + [1e30, -1e30, .infinity]
    var y = [Float](repeating: 0, count: x.count)
    var slopes = y
    slopes.withUnsafeMutableBufferPointer { slopes in
      x.withUnsafeBufferPointer { x in
        var epilogue = ck_epilogue(
          bias: x.baseAddress, activation: Int32(CK_GELU.rawValue),
          derivative: slopes.baseAddress, factor: nil)
        ck_gemm_f32(1, x.count, 0, 1, nil, 0, 1, nil, 0, 1, nil, 0, &y, x.count, &epilogue, nil)
      }
    }
    for i in 0..<count {
      let x = Double(x[i])
      let phi = 0.5 * erfc(-x * 0.5.squareRoot())
      #expect(abs(Double(y[i]) - x * phi) <= 3e-7 * max(1, abs(x)))
      let slope = phi + x * exp(-0.5 * x * x) * 0.39894228040143268
      #expect(abs(Double(slopes[i]) - slope) <= 3e-7)
    }
    #expect(y[count] == 1e30 && y[count + 1] == 0 && y[count + 2] == .infinity)
    #expect(slopes[count] == 1 && slopes[count + 1] == 0)
  }
}
