import Glibc
import SeqaeFiles
import SeqaeTensors

/// A bias on attention's scores that depends on how far the key is from the query.
///
/// Raffel et al. 2020, *Exploring the Limits of Transfer Learning with a Unified Text-to-Text
/// Transformer*, §2.1: distances share buckets, exact ones while small and growing by a constant factor
/// up to the largest; each head learns one number for each bucket. H: heads; T: queries; S: keys.
public struct RelativePositionBias {
  let buckets: Int
  let maximumDistance: Int
  let isBidirectional: Bool
  let weight: Parameter  // [buckets, H]

  /// Creates the bias of `heads` heads in a model of `width` features.
  ///
  /// - Parameters:
  ///   - heads: H.
  ///   - width: of the model, for the initial deviation.
  ///   - buckets: their number, 32 in T5.
  ///   - maximumDistance: from which on all distances share the last bucket, 128 in T5.
  ///   - isBidirectional: whether keys behind the query have buckets of their own, as in an encoder; in a
  ///     decoder they share that of distance 0 and are masked.
  ///   - scope: where its parameter is made, in transformers `relative_attention_bias`.
  /// - Throws: a `Failure` if a checkpoint lacks the parameter.
  public init(
    heads: Int, width: Int, buckets: Int = 32, maximumDistance: Int = 128, isBidirectional: Bool,
    in scope: Scope
  ) throws(Failure) {
    let exact = (isBidirectional ? buckets / 2 : buckets) / 2
    precondition(
      exact > 0 && maximumDistance > exact,
      "relative position bias: \(buckets) buckets up to distance \(maximumDistance)")
    self.buckets = buckets
    self.maximumDistance = maximumDistance
    self.isBidirectional = isBidirectional
    let deviation = 1 / Float(width).squareRoot()  // as transformers initializes T5's
    weight = try scope.parameter("weight", [buckets, heads], .normal(deviation: deviation))
  }

  /// Returns the bias [1, H, T, S] where the last query stands at the last key.
  public func callAsFunction(queries: Int, keys: Int) -> Tensor {
    // By distance key − query, from the first key seen by the last query on.
    let byDistance = (0..<max(0, queries + keys - 1)).map { bucket(of: $0 - (keys - 1)) }
    var ids: [Int32] = []
    ids.reserveCapacity(queries * keys)
    for query in 0..<queries {
      let first = queries - 1 - query  // key 0 − (query + keys − queries), counted from −(keys − 1)
      ids.append(contentsOf: byDistance[first..<(first + keys)])
    }
    let table = weight.tensor
    let places = Tensor(integers: ids, [queries, keys], on: table.backend)
    return embedding(table, places).permuted([2, 0, 1]).expanded(0)
  }

  /// Returns the bucket of a key that stands `distance` behind its query, before it if negative.
  func bucket(of distance: Int) -> Int32 {
    let own = isBidirectional ? buckets / 2 : buckets
    let start = isBidirectional && distance > 0 ? own : 0
    let far = isBidirectional ? abs(distance) : max(0, -distance)
    let exact = own / 2
    if far < exact { return Int32(start + far) }
    // In single precision, as transformers computes it.
    let growth = logf(Float(far) / Float(exact)) / logf(Float(maximumDistance) / Float(exact))
    return Int32(start + min(own - 1, exact + Int(growth * Float(own - exact))))
  }
}
