import SeqaeFiles
import SeqaeRandom
import SeqaeTensors

/// The sizes of C = A B: A [m, k], B [k, n], C [m, n], `batch` times.
package struct ProductShape: Sendable {
  let batch: Int
  let m: Int
  let k: Int
  let n: Int

  /// Creates sizes.
  package init(batch: Int = 1, _ m: Int, _ k: Int, _ n: Int) {
    (self.batch, self.m, self.k, self.n) = (batch, m, k, n)
  }

  /// The sizes as results call them: `2048x256x1024`.
  var name: String { (batch == 1 ? "" : "\(batch)x") + "\(m)x\(k)x\(n)" }

  /// Multiplications and additions.
  var flops: Double { 2 * Double(batch * m * k * n) }
}

/// Which operands of a product lie in memory transposed, and by which way it is called.
package enum ProductKind: String, CaseIterable, Sendable {
  /// A B: the gradient dx = dy W of a linear layer.
  case plain = ""
  /// A Bᵀ: a linear layer x Wᵀ.
  case linear
  /// Aᵀ B: the gradient dW = dyᵀ x.
  case tn
  /// Aᵀ Bᵀ.
  case tt
  /// A B in batches: attention's weights times its values.
  case bmm
  /// A Bᵀ in batches: attention's queries times its keys.
  case bmmNT = "bmm-nt"
  /// Aᵀ B in batches: the gradient of attention's values.
  case bmmTN = "bmm-tn"
  /// A Bᵀ with B copied into a layout of the library's choice beforehand, as a layer's weight at inference.
  case packed

  /// Whether there are many products in one call.
  package var isBatched: Bool { self == .bmm || self == .bmmNT || self == .bmmTN }
  var transposesA: Bool { self == .tn || self == .tt || self == .bmmTN }
  var transposesB: Bool { self == .linear || self == .packed || self == .tt || self == .bmmNT }
}

/// Who computes a product.
package enum ProductMaker: String, Sendable {
  /// The tensors' own backend.
  case seqae
  /// The library of that name.
  case oneDNN
}

/// A product of random matrices that can be computed again and again; all three are of one precision.
package final class TimedProduct {
  private let a: Tensor  // [m, k], or [batch, m, k]
  private let b: Tensor  // [k, n], or [batch, k, n]
  private let weight: Tensor  // Bᵀ
  private var c: Tensor  // [m, n], or [batch, m, n]
  private let nothing = Tensor([], [0])
  private let kind: ProductKind
  private let foreign: OneDNN.Product?

  /// Prepares a product.
  ///
  /// - Throws: `Failure(.unavailable)` where the maker doesn't have it.
  package init(
    _ kind: ProductKind, _ shape: ProductShape, _ precision: Precision, by maker: ProductMaker
  ) throws(Failure) {
    self.kind = kind
    let random = Random(seed: 0)
    let leading = kind.isBatched ? [shape.batch] : []
    func operand(_ rows: Int, _ columns: Int, transposed: Bool) -> Tensor {
      let sizes = Shape(leading + (transposed ? [columns, rows] : [rows, columns]))
      let values = (0..<sizes.count).map { _ in Float(random.uniform() * 2 - 1) }
      let memory = Tensor(values, sizes).rounded(to: precision)
      return transposed ? memory.transposed() : memory
    }
    a = operand(shape.m, shape.k, transposed: kind.transposesA)
    b = operand(shape.k, shape.n, transposed: kind.transposesB)
    var weight = b.transposed()
    if kind == .packed { weight.packing = Packing() }
    self.weight = weight
    c = a.backend.full(Shape(leading + [shape.m, shape.n]), 0).rounded(to: precision)
    switch maker {
    case .oneDNN:
      foreign = try OneDNN.Product(
        shape, precision, StridedMatrix(a), StridedMatrix(b), into: StridedMatrix(c),
        packs: kind == .packed)
    case .seqae:
      foreign = nil
    }
  }

  /// Computes the product.
  package func run() {
    if let foreign {
      foreign.run()
    } else if kind == .linear || kind == .packed {
      // As a layer calls it: the result's memory is taken anew each time, the last one's given back.
      c = nothing
      c = a.backend.linear(a, weight, nil, .identity, saving: false).y
    } else {
      a.backend.matmul(a, b, alpha: 1, beta: 0, into: &c)
    }
  }

  /// The elements of A, B and C in row-major order.
  package var values: (a: [Float], b: [Float], c: [Float]) { (a.floats(), b.floats(), c.floats()) }
}

extension StridedMatrix {
  /// Where the last two axes of `x` lie, and the first of three.
  fileprivate init(_ x: Tensor) {
    let strides = x.layout.strides
    self.init(
      data: x.storage.pointer,
      strides: (
        batch: strides.count == 3 ? strides[0] : 0, row: strides[strides.count - 2],
        column: strides[strides.count - 1]
      ))
  }
}
