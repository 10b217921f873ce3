import SeqaeFiles
import SeqaeText

/// The sentences of a spelling check and what they should be.
public enum SpellingSet {
  /// Reads a file of sentences with mistakes and what they should be, with a tab between.
  ///
  /// - Parameters:
  ///   - path: the file, plain or gzip.
  ///   - part: what is read of it; nil for all.
  /// - Returns: the pairs, in order.
  /// - Throws: `Failure(.missingInput)`; `Failure(.data)` for a line that is not two columns of equally many
  ///   characters, and for a file without pairs of that part.
  public static func read(
    _ path: String, part: Splits.Selection? = nil
  ) throws(Failure) -> [DenoisingPair] {
    let pairs = try DenoisingPair.read(path)
    if let line = pairs.firstIndex(where: { !SpellingEvaluation.isComparable($0) }) {
      throw Failure(
        .data,
        "\(path): line \(line + 1): expected texts of equally many characters, found "
          + "\(codePointCount(pairs[line].noisy)) and \(codePointCount(pairs[line].clean)): a "
          + "spelling check exchanges characters; seqae evaluate denoise takes other pairs")
    }
    guard let part else { return pairs }
    let chosen = pairs.filter { part.contains(record: [$0.noisy, $0.clean]) }
    guard !chosen.isEmpty else {
      throw Failure(.data, "\(path): has no pair of the part \(part.part.rawValue)")
    }
    return chosen
  }

  /// Reads what another system made of the sentences of a file.
  ///
  /// - Parameters:
  ///   - path: a file of a line for each sentence.
  ///   - data: the file of the sentences, for messages.
  ///   - count: how many there are.
  /// - Returns: the lines.
  /// - Throws: a `Failure` for a missing file or another number of lines.
  public static func predictions(
    _ path: String, of data: String, count: Int
  ) throws(Failure) -> [[UInt8]] {
    var lines = try LineReader(path: path)
    var repaired: [[UInt8]] = []
    while let line = try lines.next() { repaired.append(line) }
    guard repaired.count == count else {
      throw Failure(
        .data, "\(path): expected \(count) lines, as \(data) has sentences, found \(repaired.count)"
      )
    }
    return repaired
  }
}
