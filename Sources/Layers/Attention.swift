import SeqaeFiles
import SeqaeTensors

/// Multi-head attention: `Concat(head₁ … headₕ) Wᴼ`, each head scaled dot-product attention.
///
/// Vaswani et al. 2017, *Attention Is All You Need*, §3.2.2. B: batch; T: queries; S: keys; D: width;
/// H: heads.
public struct MultiHeadAttention {
  let heads: Int
  let dropout: Float
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear

  /// Where checkpoints have the four maps.
  public struct Names {
    let query: Scope
    let key: Scope
    let value: Scope
    let output: Scope

    /// BART's, below `scope`.
    public static func bart(_ scope: Scope) -> Names {
      Names(
        query: scope / "q_proj", key: scope / "k_proj", value: scope / "v_proj",
        output: scope / "out_proj")
    }

    /// BERT's, below `scope`.
    public static func bert(_ scope: Scope) -> Names {
      let own = scope / "self"
      return Names(
        query: own / "query", key: own / "key", value: own / "value",
        output: scope / "output" / "dense")
    }
  }

  /// Creates attention over vectors of `width` features, which `heads` divides, under BART's names.
  public init(width: Int, heads: Int, dropout: Float, in scope: Scope) throws(Failure) {
    try self.init(width: width, heads: heads, dropout: dropout, as: .bart(scope))
  }

  /// Creates attention over vectors of `width` features, which `heads` divides.
  ///
  /// - Parameters:
  ///   - width: D.
  ///   - heads: H.
  ///   - dropout: of the attention weights.
  ///   - names: where checkpoints have its maps.
  ///   - initializer: how fresh weights are drawn.
  /// - Throws: a `Failure` where a checkpoint lacks one of them or holds it in another shape.
  public init(
    width: Int, heads: Int, dropout: Float, as names: Names,
    weight initializer: Initializer = .glorot
  ) throws(Failure) {
    precondition(width % heads == 0, "attention: width \(width) is not divisible by \(heads) heads")
    self.heads = heads
    self.dropout = dropout
    query = try Linear(width, width, weight: initializer, in: names.query)
    key = try Linear(width, width, weight: initializer, in: names.key)
    value = try Linear(width, width, weight: initializer, in: names.value)
    output = try Linear(width, width, weight: initializer, in: names.output)
  }

  /// Attends from `x` to `m`, or to itself.
  ///
  /// - Parameters:
  ///   - x: queries [B, T, D].
  ///   - m: keys and values [B, S, D]; nil for x itself, self-attention.
  ///   - mask: positions that may be attended to.
  ///   - mode: inference, or training with its generator.
  /// - Returns: [B, T, D].
  public func callAsFunction(
    _ x: Tensor, memory m: Tensor? = nil, mask: AttentionMask, _ mode: Mode
  ) -> Tensor {
    let y =
      if let m {
        crossAttention(
          query(x), Linear.joined([key, value], m), heads: heads, mask: mask, dropout: dropout,
          mode)
      } else {
        selfAttention(
          Linear.joined([query, key, value], x), heads: heads, mask: mask, dropout: dropout, mode)
      }
    return output(y)  // [B, T, D]
  }

  /// Returns the keys and values of `m` [B, S, D] side by side [B, S, 2 · D], to attend to again and again.
  public func keysAndValues(_ m: Tensor) -> Tensor { Linear.joined([key, value], m) }

  /// Returns the queries [B, T, D] of x [B, T, D], and its keys and values side by side [B, T, 2 · D].
  public func projections(_ x: Tensor) -> (queries: Tensor, keysAndValues: Tensor) {
    let all = Linear.joined([query, key, value], x)
    let width = x.shape[2]
    return (all.sliced(2, 0..<width), all.sliced(2, width..<(3 * width)))
  }

  /// Returns the queries [B, T, D] of x [B, T, D].
  public func queries(_ x: Tensor) -> Tensor { query(x) }

  /// Attends from queries [B, T, D] to keys and values side by side [B, S, 2 · D], at inference.
  public func callAsFunction(
    queries: Tensor, keysAndValues: Tensor, mask: AttentionMask
  ) -> Tensor {
    output(
      crossAttention(queries, keysAndValues, heads: heads, mask: mask, dropout: 0, .inference))
  }

  /// Returns how much each of the queries x [B, T, D] attends to each position of m [B, S, D], at inference and without a
  /// mask: [B, H, T, S], whose rows sum to 1. O(T · S) memory, which the attention itself does not take.
  public func weights(_ x: Tensor, memory m: Tensor) -> Tensor {
    let q = query(x).splitHeads(heads)  // [B, H, T, D/H]
    let k = key(m).splitHeads(heads)  // [B, H, S, D/H]
    return (matmul(q, k.transposed()) * (1 / Float(q.shape[3]).squareRoot())).softmax()
  }

  /// What makes the queries, keys and values of a decoder's step, and what its heads become.
  package var stepMaps: (projections: [StepLayer.Map], output: StepLayer.Map) {
    ([query.stepMap, key.stepMap, value.stepMap], output.stepMap)
  }
}

extension Tensor {
  /// Returns [B, T, D] seen as [B, H, T, D/H], without a copy.
  func splitHeads(_ heads: Int) -> Tensor {
    reshaped([shape[0], shape[1], heads, shape[2] / heads]).transposed(1, 2)
  }

  /// Returns examples `rows` along the first axis, as a constant: for states between decoding steps.
  package func selecting(_ rows: [Int]) -> Tensor {
    let width = shape.dimensions.dropFirst().reduce(1, *)
    let ids = Tensor(integers: rows.map { Int32($0) }, [rows.count], on: backend)
    return backend.gather(contiguous().reshaped([shape[0], width]), ids, scale: 1)
      .reshaped(shape.replacing(0, with: rows.count))
  }
}
