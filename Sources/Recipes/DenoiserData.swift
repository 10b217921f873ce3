import SeqaeFiles
import SeqaeText

/// The lines of some corpora, each corpus once, parted and filtered.
package struct DenoiserData {
  /// The lines of one corpus in one language.
  package struct Stream {
    /// The corpus as `--data` names it.
    package let name: String
    package let language: Language
    package var training = LineStore()
    package var development = LineStore()
  }

  package private(set) var streams: [Stream] = []
  /// Identifies the training lines and their order.
  package private(set) var fingerprint = Splits.hash([])

  /// The number of training lines.
  package var trainingCount: Int { streams.reduce(0) { $0 + $1.training.count } }

  /// Reads corpora; a line that occurs again in the same corpus counts once.
  ///
  /// - Parameters:
  ///   - sources: what to read.
  ///   - splits: what is held out; lines of the test and withheld ones are not kept.
  ///   - limit: lines of more characters are cut at sentence bounds.
  ///   - report: receives a line for each line that is left out as damaged.
  /// - Throws: a `Failure` for a corpus that can't be read, or if no training line is left.
  package init(
    _ sources: [CorpusSource], _ splits: Splits, limit: Int, report: @escaping (String) -> Void
  ) throws(Failure) {
    for source in sources {
      var reader = try CorpusReader(source, report: report)
      var streams = Language.allCases.map { Stream(name: source.description, language: $0) }
      var seen: Set<UInt64> = []
      while let line = try reader.next() {
        let part = splits.part(of: line)
        guard part == .training || part == .development, LineFilter.isClean(line),
          seen.insert(Splits.hash(line)).inserted
        else { continue }
        // A sentence of a line may belong to another part.
        for piece in DenoiserData.pieces(of: line, limit: limit)
        where splits.part(of: piece) == part {
          let place = Language(of: piece) == .chinese ? 0 : 1
          if part == .development {
            streams[place].development.append(piece)
          } else {
            streams[place].training.append(piece)
            fingerprint = (fingerprint ^ Splits.hash(piece)) &* 0x100_0000_01B3
          }
        }
      }
      self.streams += streams.filter { !$0.training.isEmpty || !$0.development.isEmpty }
    }
    guard trainingCount > 0 else {
      let names = sources.map(\.description).joined(separator: ", ")
      throw Failure(.data, "\(names): no line for training: expected clean lines of UTF-8")
    }
  }

  /// Returns the development lines of a language that differ, in order.
  package func development(_ language: Language) -> [[UInt8]] {
    var seen: Set<[UInt8]> = []
    var result: [[UInt8]] = []
    for stream in streams where stream.language == language {
      for index in 0..<stream.development.count {
        let line = stream.development[index]
        if seen.insert(line).inserted { result.append(line) }
      }
    }
    return result
  }

  /// Cuts a line of more than `limit` characters into runs of sentences; what is longer is left out.
  private static func pieces(of line: [UInt8], limit: Int) -> [[UInt8]] {
    if line.count <= limit || codePointCount(line) <= limit { return [line] }
    var pieces: [[UInt8]] = []
    var start = 0
    var end = 0
    let bounds = Boundaries.offsets(of: .sentence, in: line)
    for bound in bounds.dropFirst() {
      if codePointCount(line[start..<bound]) > limit, end > start {
        pieces.append(trimmed(line[start..<end]))
        start = end
      }
      end = bound
    }
    pieces.append(trimmed(line[start...]))
    return pieces.filter { !$0.isEmpty && codePointCount($0) <= limit }
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var text = text
    while text.last == 0x20 { text.removeLast() }
    while text.first == 0x20 { text.removeFirst() }
    return Array(text)
  }
}
