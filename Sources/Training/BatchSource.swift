import SeqaeFiles

/// A batch with what a trainer reports of it.
public struct TrainingBatch<Batch: Sendable>: Sendable {
  /// What the model learns from.
  public let batch: Batch
  /// The number of tokens that speed is counted in, padding left out.
  public let tokens: Int

  /// Creates a batch of `tokens` tokens.
  public init(_ batch: Batch, tokens: Int) {
    self.batch = batch
    self.tokens = tokens
  }
}

/// An endless sequence of batches whose position can be saved and taken up again.
///
/// A source is deterministic: two that are made alike and stand at one position give the same batches.
public protocol BatchSource {
  /// What one step learns from.
  associatedtype Batch: Sendable

  /// How many times the data has been gone through, the fraction of the current pass included.
  var epoch: Double { get }

  /// The position and what identifies the data, for a checkpoint.
  var state: JSON { get }

  /// Returns the next batch.
  ///
  /// - Parameter isWanted: asked now and then while the batch is not ready.
  /// - Returns: the batch; nil, at the position as it was, if it is wanted no more.
  /// - Throws: a `Failure` if the data yields none.
  mutating func next(while isWanted: () -> Bool) throws(Failure) -> TrainingBatch<Batch>?

  /// Goes to a saved position.
  ///
  /// - Parameters:
  ///   - state: what `state` was.
  ///   - name: the file that it comes from, for messages.
  /// - Throws: a `Failure` if it is malformed or was saved with other data.
  mutating func restore(_ state: JSON, name: String) throws(Failure)
}
