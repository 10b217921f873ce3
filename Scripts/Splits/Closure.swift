import SeqaeFiles
import SeqaeRecipes

/// A corpus's records as hashes, each with the part that the corpus's own decision gives it.
struct DecidedCorpus {
  struct Record {
    let texts: [Splits.Fingerprint]
    let own: Splits.Part
  }

  let files: [String]
  var records: [Record] = []

  init(_ corpus: RecordCorpus, in folder: String) throws(Failure) {
    files = corpus.files
    var records: [Record] = []
    try corpus.read(in: folder) { record in
      let texts = record.texts.map { Splits.fingerprint($0) }.filter { $0.line != nil }
      let lines = texts.compactMap(\.line)
      let own: Splits.Part =
        switch corpus.decision {
        case .part(let part): part
        case .texts(let rule): lines.map { rule.part(of: $0) }.max() ?? .training
        case .first(let rule): lines.first.map { rule.part(of: $0) } ?? .training
        case .name(_, let rule): rule.part(of: Splits.hash(record.name ?? []))
        }
      records.append(Record(texts: texts, own: own))
    }
    self.records = records
  }
}

/// Spreads what is held out to all that goes with it.
///
/// A record takes the most held-out part of its texts (test before development before withheld before
/// training), and gives it to all of them, wherever else they occur; that is repeated until nothing
/// changes. So the sides of a pair go together, also where one of them occurs in several pairs or
/// corpora. Records that merely have a sentence of a held-out text are withheld, not held out: nothing
/// is tested with them, so their other sentences bind nobody.
struct Closure {
  private let corpora: [DecidedCorpus]
  private var parts: [UInt64: Splits.Part] = [:]  // by the hash of the whole text
  private var sentences = HashList()
  // Texts with a held-out sentence, and texts without. A text is in both if its full stops are found as
  // commas elsewhere, since a folded text has neither.
  private var containing: Set<UInt64> = []
  private var lacking: Set<UInt64> = []

  init(_ corpora: [DecidedCorpus]) {
    self.corpora = corpora
    for record in corpora.lazy.flatMap(\.records) { raise(record, to: record.own) }
  }

  private mutating func raise(_ record: DecidedCorpus.Record, to part: Splits.Part) {
    for text in record.texts {
      guard let line = text.line else { continue }
      parts[line] = max(parts[line] ?? .training, part)
    }
  }

  private func part(_ record: DecidedCorpus.Record) -> Splits.Part {
    record.texts.lazy.compactMap { $0.line.flatMap { parts[$0] } }.max() ?? .training
  }

  /// Gives each record's most held-out part to all of its texts, until nothing changes.
  mutating func spreadHeldOut() {
    let several = corpora.flatMap { $0.records.filter { $0.texts.count > 1 } }
    var isChanged = true
    while isChanged {
      isChanged = false
      for record in several {
        let most = part(record)
        guard most != .training else { continue }
        for text in record.texts {
          guard let line = text.line, parts[line] != most else { continue }
          parts[line] = most
          isChanged = true
        }
      }
    }
  }

  /// Withholds the records that have a sentence of a held-out one, and what goes with them.
  mutating func withhold() {
    var heldOut: Set<UInt64> = []
    for record in corpora.lazy.flatMap(\.records) where part(record) >= .development {
      for text in record.texts { heldOut.formUnion(text.sentences) }
    }
    // One sentence in 4,096 more is withheld for nothing, which costs less than the bits against it.
    sentences = HashList(heldOut, rarity: 12)
    for record in corpora.lazy.flatMap(\.records) where part(record) <= .withheld {
      for text in record.texts {
        guard let line = text.line else { continue }
        if text.sentences.contains(where: { sentences.contains($0) }) {
          containing.insert(line)
          raise(record, to: .withheld)
        } else {
          lacking.insert(line)
        }
      }
    }
    spreadHeldOut()
  }

  /// The splits that say so: lists of what neither the rule nor a sentence decides.
  ///
  /// They are as short as they may be while no other text of the corpora is taken for a listed one.
  func splits() throws(Failure) -> Splits {
    var listed: [Splits.Part: [UInt64]] = [:]
    for (line, part) in parts where isListed(line, part) { listed[part, default: []].append(line) }
    for rarity in 20...32 {
      let lists = listed.mapValues { HashList($0, rarity: rarity) }
      let splits = Splits(RecordCorpus.rule, listed: lists, sentences: sentences)
      if holds(splits) { return splits }
    }
    throw Failure(.internalError, "the lists do not give every text of the corpora its part")
  }

  /// Whether neither the rule nor a sentence gives a text its part.
  private func isListed(_ line: UInt64, _ part: Splits.Part) -> Bool {
    let ruled = RecordCorpus.rule.part(of: line)
    let isSeen =
      ruled == .training && part == .withheld && containing.contains(line)
      && !lacking.contains(line)
    return ruled != part && !isSeen
  }

  /// Whether the splits give each text the part that it was given here.
  private func holds(_ splits: Splits) -> Bool {
    corpora.lazy.flatMap(\.records).allSatisfy { record in
      let expected = part(record)
      return record.texts.allSatisfy { splits.part(of: $0) == expected }
    }
  }

  func counts() -> [Counts] {
    corpora.map { corpus in
      var counts = Counts(files: corpus.files)
      for record in corpus.records {
        let part = part(record)
        counts.parts[part, default: 0] += 1
        guard part != .training else { continue }
        counts.causes[cause(record, part), default: 0] += 1
      }
      return counts
    }
  }

  private func cause(_ record: DecidedCorpus.Record, _ part: Splits.Part) -> Cause {
    if record.own != .training { return .own }
    if part != .withheld { return .sharedText }
    let isContaining = record.texts.contains { $0.line.map(containing.contains) ?? false }
    return isContaining ? .sentence : .withheldText
  }

  /// What the lists hold, in a line.
  var summary: String {
    let listed = parts.filter { isListed($0.key, $0.value) }
    let numbers = Splits.Part.allCases.map { part in
      "\(listed.count { $0.value == part }) \(part.rawValue)"
    }
    return
      "listed texts: \(numbers.joined(separator: ", ")); held-out sentences: \(sentences.count)"
  }
}
