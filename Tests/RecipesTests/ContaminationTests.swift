import SeqaeFiles
import SeqaeRecipes
import Testing

/// The committed splits against the real corpora: what they say must be so.
@Suite struct ContaminationTests {
  /// The folded texts and sentences of records, by their hashes: there are five million.
  private struct Seen {
    var training: Set<UInt64> = []
    var heldOut: Set<UInt64> = []
    var trainingSentences: Set<UInt64> = []
    var heldOutSentences: Set<UInt64> = []

    mutating func note(_ text: Splits.Fingerprint, _ part: Splits.Part) {
      guard let line = text.line else { return }
      switch part {
      case .training:
        training.insert(line)
        trainingSentences.formUnion(text.sentences)
      case .withheld: break
      case .development, .test:
        heldOut.insert(line)
        heldOutSentences.formUnion(text.sentences)
      }
    }
  }

  @Test func noTrainingRecordSharesATextOrASentenceWithAHeldOutOne() throws {
    guard let folder = corporaFolder else {
      print("skipped: the corpora are not there: set SEQAE_DATA to their folder")
      return
    }
    let splits = try Splits(path: committedSplits)
    let committed = try #require(try JSON.read(committedSplits)["corpora"]?.arrayValue)
    #expect(committed.count == RecordCorpus.known.count)
    var seen = Seen()
    var lines: [Language: [Splits.Part: Int]] = [.chinese: [:], .english: [:]]
    for (corpus, counts) in zip(RecordCorpus.known, committed) {
      #expect(counts["files"] == .array(corpus.files.map { JSON($0) }))
      var found: [Splits.Part: Int] = [:]
      var divided = 0
      var released = 0
      try corpus.read(in: folder) { record in
        let texts = record.texts.map { ($0, Splits.fingerprint($0)) }.filter { $0.1.line != nil }
        let part = texts.map { splits.part(of: $0.1) }.max() ?? .training
        found[part, default: 0] += 1
        for (text, fingerprint) in texts {
          if splits.part(of: fingerprint) != part { divided += 1 }
          lines[Language(of: text), default: [:]][part, default: 0] += 1
          seen.note(fingerprint, part)
        }
        if case .part(let own) = corpus.decision, part < own, !texts.isEmpty { released += 1 }
      }
      // The texts of a record go together, and a set's own test stays one.
      #expect(divided == 0 && released == 0, "\(corpus.files[0])")
      for part in Splits.Part.allCases {
        #expect(
          counts[ByteString(part.rawValue)]?.intValue == found[part] ?? 0, "\(corpus.files[0])")
      }
    }
    #expect(seen.training.isDisjoint(with: seen.heldOut))
    #expect(seen.trainingSentences.isDisjoint(with: seen.heldOutSentences))
    #expect(seen.training.count > 1_000_000 && seen.heldOutSentences.count > 50_000)
    for language in Language.allCases {
      let counts = lines[language] ?? [:]
      print(
        "\(language.rawValue): \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })"
      )
      #expect(counts[.test] ?? 0 >= 500)
      #expect(counts[.development] ?? 0 >= 300)
    }
  }
}
