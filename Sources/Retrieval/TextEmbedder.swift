import SeqaeFiles

/// What turns texts into vectors in which texts that mean the same are neighbours.
public protocol TextEmbedder {
  /// The number of values of a vector.
  var dimensions: Int { get }
  /// Says by which weights the vectors are made: those of embedders with different ones can't be compared.
  var fingerprint: String { get }

  /// Returns a vector for each text.
  ///
  /// - Parameter texts: UTF-8, of any length; the embedder cuts what is longer than it reads.
  /// - Returns: `dimensions` values each, in the order of the texts.
  /// - Throws: `Failure(.data)` if a vector isn't finite.
  func embed(_ texts: [[UInt8]]) throws(Failure) -> [[Float]]
}
