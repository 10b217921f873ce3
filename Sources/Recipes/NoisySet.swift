import SeqaeFiles
import SeqaeRandom
import SeqaeText

/// Makes sets of noisy and clean texts out of what is held out.
public enum NoisySet {
  /// Returns noisy and clean texts, the same for the same arguments.
  ///
  /// The texts of a language are drawn from all corpora together, each text once. The noise of a text
  /// depends on the seed and the text only.
  ///
  /// - Parameters:
  ///   - corpora: what to read.
  ///   - part: which part of it.
  ///   - splits: what belongs to which part.
  ///   - noise: what is done to the texts.
  ///   - rates: the rate of that noise is drawn from this range for each text; nil for the noise's own range.
  ///   - seed: decides texts and noise.
  ///   - limit: the most texts of a language; nil for all.
  ///   - allLines: whether texts that are no clean ones by `LineFilter`, and those that the noise leaves
  ///     as they are, are taken too.
  ///   - report: receives a line for each damaged line of a corpus.
  /// - Returns: the pairs, language by language.
  /// - Throws: a `Failure` for a corpus that can't be read or has no line in that part.
  public static func make(
    _ corpora: [CorpusSource], part: Splits.Part, splits: Splits, noise: TextNoiseKind = .insertion,
    rates: ClosedRange<Double>? = nil, seed: UInt64, limit: Int?,
    allLines: Bool = false,
    report: @escaping (String) -> Void
  ) throws(Failure) -> [DenoisingPair] {
    try lines(corpora, part: part, splits: splits, allLines: allLines, report: report).flatMap {
      var order = $0.lines
      Random(seed: seed).child("order").shuffle(&order)
      return pairs(
        order, noise: noise, rates: rates, seed: seed, limit: limit, keepsUnchanged: allLines)
    }
  }

  /// Returns the different lines of a part of some corpora, language by language.
  static func lines(
    _ corpora: [CorpusSource], part: Splits.Part, splits: Splits, allLines: Bool,
    report: @escaping (String) -> Void
  ) throws(Failure) -> [(language: Language, lines: [[UInt8]])] {
    var texts = Language.allCases.map { (language: $0, lines: [[UInt8]]()) }
    var seen: Set<[UInt8]> = []
    for corpus in corpora {
      var reader = try CorpusReader(corpus, report: report)
      while let line = try reader.next() {
        guard splits.part(of: line) == part, allLines || LineFilter.isClean(line),
          seen.insert(line).inserted
        else { continue }
        texts[Language(of: line) == texts[0].language ? 0 : 1].lines.append(line)
      }
    }
    guard texts.contains(where: { !$0.lines.isEmpty }) else {
      let names = corpora.map(\.description).joined(separator: ", ")
      throw Failure(
        .data, "\(names): no \(allLines ? "" : "clean ")line in the part \(part.rawValue)")
    }
    return texts
  }

  /// Returns pairs of the first lines that noise changes, or of the first of all, up to `limit`.
  static func pairs(
    _ lines: [[UInt8]], noise: TextNoiseKind, rates: ClosedRange<Double>?, seed: UInt64,
    limit: Int?, keepsUnchanged: Bool = false
  ) -> [DenoisingPair] {
    let root = Random(seed: seed).child("noise")
    var pairs: [DenoisingPair] = []
    for line in lines where pairs.count < limit ?? Int.max {
      let own = root.child(Splits.hash(line))
      let text = String(decoding: line, as: UTF8.self)
      // A noise without a rate draws none: texts get the same noise as ever.
      let rate = noise.standardRates.map { own.uniform(in: rates ?? $0) }
      let noisy = noise.noise(rate: rate ?? 0).corrupt(text, using: own)
      let pair = DenoisingPair(noisy: Array(noisy.utf8), clean: line)
      if keepsUnchanged || pair.noisy != pair.clean { pairs.append(pair) }
    }
    return pairs
  }
}
