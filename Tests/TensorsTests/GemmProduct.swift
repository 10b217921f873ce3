import CKernels
import Glibc
import SeqaeRandom
import Testing

/// How the elements of a matrix lie in memory.
enum MatrixOrder: CaseIterable {
  case rows, paddedRows, columns, paddedColumns, spaced, repeatedRow, repeatedColumn
}

/// Returns the bfloat16 number nearest to x, ties to even: what the kernels must store.
func bfloat16(_ x: Float) -> UInt16 {
  guard !x.isNaN else { return 0x7fc0 }
  // The float nearest with 8 bits of significand, found in float64, where all steps are exact.
  guard x.isFinite, x != 0 else { return UInt16(x.bitPattern >> 16) }
  let unit = scalbn(1.0, max(Int(x.exponent), -126) - 7)
  return UInt16(Float((Double(x) / unit).rounded(.toNearestOrEven) * unit).bitPattern >> 16)
}

func widened(_ x: UInt16) -> Float { Float(bitPattern: UInt32(x) << 16) }

/// A matrix with strides, in random numbers of [-1, 1].
struct GemmMatrix {
  var values: [Float]
  let row: Int
  let column: Int

  init(
    _ rows: Int, _ columns: Int, _ order: MatrixOrder, _ type: ck_type, _ random: Random
  ) {
    switch order {
    case .rows: (row, column) = (columns, 1)
    case .paddedRows: (row, column) = (columns + 3, 1)
    case .columns: (row, column) = (1, rows)
    case .paddedColumns: (row, column) = (1, rows + 5)
    case .spaced: (row, column) = (2 * columns + 1, 2)
    case .repeatedRow: (row, column) = (0, 1)
    case .repeatedColumn: (row, column) = (1, 0)
    }
    // Exactly as long as the last element needs: reading further is an error.
    let count = rows == 0 || columns == 0 ? 0 : (rows - 1) * row + (columns - 1) * column + 1
    values = (0..<count).map { _ in GemmProduct.number(type, random) }
  }

  subscript(i: Int, j: Int) -> Double { Double(values[i * row + j * column]) }
}

/// One call of `ck_gemm_f32` or `ck_gemm_bf16`, its float64 twin and the bound of their difference.
/// All numbers are kept as floats, those of bfloat16 matrices being bfloat16.
struct GemmProduct {
  var m: Int
  var n: Int
  var k: Int
  /// The type of A and B.
  let type: ck_type
  /// The type of C, the derivative and the factor.
  let typeC: ck_type
  var alpha: Float = 1
  var beta: Float = 0
  var a: GemmMatrix
  var b: GemmMatrix
  /// C before the call, with two columns of padding.
  var c: [Float]
  var bias: [Float]?
  var activation = CK_IDENTITY
  var keepsDerivative = false
  var factor: [Float]?
  /// Whether B is packed beforehand.
  var packs = false
  /// Whether a packed B is all that is given of it.
  var givesPackedAlone = false

  var stride: Int { n + 2 }

  static func number(_ type: ck_type, _ random: Random) -> Float {
    let x = Float(random.uniform() * 2 - 1)
    return type == CK_FLOAT32 ? x : widened(bfloat16(x))
  }

  init(
    _ m: Int, _ n: Int, _ k: Int, _ orderA: MatrixOrder = .rows, _ orderB: MatrixOrder = .rows,
    type: ck_type = CK_FLOAT32, typeC: ck_type = CK_FLOAT32, random: Random
  ) {
    (self.m, self.n, self.k) = (m, n, k)
    (self.type, self.typeC) = (type, typeC)
    a = GemmMatrix(m, k, orderA, type, random)
    b = GemmMatrix(k, n, orderB, type, random)
    c = (0..<m * (n + 2)).map { _ in Self.number(typeC, random) }
  }

  /// C and the derivative after the call.
  func run() -> (c: [Float], derivative: [Float]) {
    let size = type == CK_FLOAT32 ? ck_gemm_scratch(m, n, k) : ck_gemm_bf16_scratch(m, n, k)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: size + 64, alignment: 64)
    defer { scratch.deallocate() }
    scratch.initializeMemory(as: UInt8.self, repeating: 0xff, count: size + 64)  // NaN
    let packed = packedB()
    defer { packed?.deallocate() }
    let a = Stored(self.a.values, type)
    let b = Stored(self.b.values, type)
    let c = Stored(self.c, typeC)
    let derivative = Stored([Float](repeating: .nan, count: self.c.count), typeC)
    let factor = Stored(self.factor ?? [], typeC)
    (bias ?? []).withUnsafeBufferPointer { values in
      var epilogue = ck_epilogue(
        bias: bias == nil ? nil : values.baseAddress, activation: Int32(activation.rawValue),
        derivative: keepsDerivative ? derivative.pointer : nil,
        factor: self.factor == nil ? nil : UnsafeRawPointer(factor.pointer))
      let isPlain =
        bias == nil && self.factor == nil && !keepsDerivative && activation == CK_IDENTITY
      withUnsafePointer(to: &epilogue) { epilogue in
        call(a.pointer, b.pointer, packed, c.pointer, isPlain ? nil : epilogue, scratch)
      }
    }
    let behind = UnsafeRawBufferPointer(start: scratch + size, count: 64)
    #expect(behind.allSatisfy { $0 == 0xff }, "\(m) × \(n) × \(k) wrote behind its scratch")
    return (c.floats, derivative.floats)
  }

  /// B as products take it; nil where nothing is to be packed.
  private func packedB() -> UnsafeMutableRawPointer? {
    let size = packs ? ck_gemm_packed_size(Int32(type.rawValue), n, k) : 0
    guard size > 0 else { return nil }
    let packed = UnsafeMutableRawPointer.allocate(byteCount: size + 64, alignment: 64)
    packed.initializeMemory(as: UInt8.self, repeating: 0xff, count: size + 64)  // NaN
    let b = Stored(self.b.values, type)
    ck_gemm_pack(Int32(type.rawValue), n, k, b.pointer, self.b.row, self.b.column, packed)
    let behind = UnsafeRawBufferPointer(start: packed + size, count: 64)
    #expect(behind.allSatisfy { $0 == 0xff }, "packing \(k) × \(n) wrote behind its memory")
    return packed
  }

  private func call(
    _ aValues: UnsafeMutableRawPointer, _ bValues: UnsafeMutableRawPointer,
    _ packed: UnsafeMutableRawPointer?, _ cValues: UnsafeMutableRawPointer,
    _ epilogue: UnsafePointer<ck_epilogue>?, _ scratch: UnsafeMutableRawPointer
  ) {
    let isAlone = givesPackedAlone && packed != nil
    let bValues = isAlone ? nil : bValues
    let (row, column) = isAlone ? (0, 0) : (b.row, b.column)
    if type == CK_FLOAT32 {
      ck_gemm_f32(
        m, n, k, alpha, aValues.assumingMemoryBound(to: Float.self), a.row, a.column,
        bValues?.assumingMemoryBound(to: Float.self), row, column, packed, beta,
        cValues.assumingMemoryBound(to: Float.self), stride, epilogue, scratch)
    } else {
      ck_gemm_bf16(
        m, n, k, alpha, aValues.assumingMemoryBound(to: UInt16.self), a.row, a.column,
        bValues?.assumingMemoryBound(to: UInt16.self), row, column, packed, beta, cValues,
        stride, Int32(typeC.rawValue), epilogue, scratch)
    }
  }

  /// Element (i, j) before activation in float64, and the sum of its terms' magnitudes.
  private func exact(_ i: Int, _ j: Int) -> (value: Double, magnitude: Double) {
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

  /// The most that storing a positive number in C changes it: half a unit of the last of eight bits.
  private func rounding(_ x: Double) -> Double {
    typeC == CK_FLOAT32 ? 0 : scalbn(1, Int(x.exponent) - 8)
  }

  /// The error of a sum relative to its terms: of rounding that goes both ways, or always the same way
  /// where all terms are equal.
  private var relativeError: Double {
    a.column == 0 && b.row == 0 && k > 1 ? max(4e-7, Double(k) * 0x1p-24) : 4e-7
  }

  /// Runs the product and compares every number that it may and may not have written.
  func check() {
    let (result, derivative) = run()
    let name = """
      \(m) × \(n) × \(k), types \(type.rawValue) to \(typeC.rawValue), α \(alpha), β \(beta), \
      \(String(cString: ck_isa_name()))
      """
    for i in 0..<m {
      for j in 0..<n {
        let place = i * stride + j
        let (value, magnitude) = exact(i, j)
        // Results in bfloat16 take a rougher GELU.
        let rough = activation == CK_GELU && typeC == CK_BFLOAT16 ? 1e-4 : 0
        let bound = relativeError * magnitude + rough
        var expected = value
        var slope = 1.0
        if activation == CK_GELU {
          let phi = 0.5 * erfc(-value * 0.5.squareRoot())
          expected = value * phi
          slope = phi + value * exp(-0.5 * value * value) * 0.39894228040143268
        }
        if activation == CK_RELU {
          expected = max(0, value)
          slope = value > 0 ? 1 : 0
        }
        if let factor { expected *= Double(factor[place]) }
        let found = Double(result[place])
        guard abs(found - expected) <= bound + rounding(abs(expected) + bound) else {
          Issue.record("\(name): [\(i), \(j)] is \(found), not \(expected)")
          return
        }
        let foundSlope = Double(derivative[place])
        let isAtKink = activation == CK_RELU && abs(value) <= bound
        guard
          keepsDerivative
            ? isAtKink || abs(foundSlope - slope) <= bound + rounding(abs(slope) + bound)
            : foundSlope.isNaN
        else {
          Issue.record("\(name): derivative [\(i), \(j)] is \(foundSlope), not \(slope)")
          return
        }
      }
      for j in n..<stride {
        let padding = i * stride + j
        guard result[padding].bitPattern == c[padding].bitPattern, derivative[padding].isNaN
        else {
          Issue.record("\(name): wrote behind row \(i)")
          return
        }
      }
    }
  }
}

/// Floats in memory as a type has them, without an element more.
final class Stored {
  let pointer: UnsafeMutableRawPointer
  private let count: Int
  private let type: ck_type

  init(_ values: [Float], _ type: ck_type) {
    (count, self.type) = (values.count, type)
    pointer = .allocate(byteCount: max(1, count * (type == CK_FLOAT32 ? 4 : 2)), alignment: 4)
    if type == CK_FLOAT32 {
      pointer.initializeMemory(as: Float.self, from: values, count: count)
    } else {
      pointer.initializeMemory(as: UInt16.self, from: values.map(bfloat16), count: count)
    }
  }

  deinit { pointer.deallocate() }

  var floats: [Float] {
    if type == CK_FLOAT32 {
      return [Float](
        UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: Float.self), count: count))
    }
    let halves = UnsafeBufferPointer(
      start: pointer.assumingMemoryBound(to: UInt16.self), count: count)
    return halves.map(widened)
  }
}
