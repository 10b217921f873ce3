import SeqaeFiles
import SeqaeText
import SeqaeTraining

extension Evidence {
  /// Creates what reads texts of a tokenizer by the given counts.
  ///
  /// - Throws: `Failure(.data)` for a tokenizer that evidence can't be of.
  init(
    _ counts: WindowCounts, _ neighbours: EvidenceNeighbours, of tokenizer: Tokenizer
  ) throws(Failure) {
    let (end, padding) = try Self.specialTokens(tokenizer)
    self.init(
      counts, neighbours, EvidenceSymbols(tokenizer.vocabulary, end: end), none: padding)
  }

  /// The end and the padding of a tokenizer whose tokens counts can tell apart.
  private static func specialTokens(
    _ tokenizer: Tokenizer
  ) throws(Failure) -> (end: TokenID, padding: TokenID) {
    guard tokenizer.vocabulary.count < Int(UInt16.max) else {
      throw Failure(
        .data,
        "\(tokenizer.vocabulary.count) tokens are more than counts can tell apart, "
          + "\(UInt16.max - 1): set evidence_megabytes=0")
    }
    return (try tokenizer.id(of: .eos), try tokenizer.id(of: .pad))
  }

  /// Counts the lines for training of some corpora.
  ///
  /// - Parameters:
  ///   - data: what a first reading of the corpora found.
  ///   - tokenizer: cuts the lines.
  ///   - megabytes: the most memory of the windows' counts, MiB.
  ///   - progress: told what is being counted.
  /// - Returns: the counts.
  /// - Throws: a `Failure` for a corpus that can't be read again or a vocabulary that is too large.
  static func counted(
    _ data: DenoiserData, _ tokenizer: Tokenizer, megabytes: Int, _ progress: Progress
  ) throws(Failure) -> Evidence {
    let (end, padding) = try specialTokens(tokenizer)
    var counter = EvidenceCounter(tokenizer.vocabulary, end: end, padding: padding)
    var seen: Set<String> = []
    for stream in data.streams where !stream.isPairs && seen.insert(stream.name).inserted {
      // What is damaged was reported at the first reading.
      var lines = try AcceptedLines(stream.source, data.rule, report: { _ in })
      while let line = try lines.next() {
        guard line.part == .training else { continue }
        counter.add(tokenizer.encode(line.text).ids)
      }
    }
    progress.note("evidence: counting windows of \(counter.count) tokens")
    let bytesOfSlot = MemoryLayout<UInt16>.size
    return counter.evidence(limit: (megabytes << 20) / bytesOfSlot)
  }
}
