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
  }

  /// Folded sentences by a route of its own: code points cut by the rule as Documentation/Splits.md says.
  private static func sentences(_ text: [UInt8]) -> [UInt64] {
    var result: [UInt64] = []
    var start = 0
    let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      let isLast = index + 1 == scalars.count
      let next = isLast ? nil : scalars[index + 1]
      let isEnd =
        switch scalar {
        case "。", "！", "？", "｡", "\n": true
        case ".", "!", "?": !isLatin(next)
        default: false
        }
      guard isEnd || isLast else { continue }
      var piece = String.UnicodeScalarView()
      piece.append(contentsOf: scalars[start...index])
      let folded = Splits.fold(Array(String(piece).utf8))
      if folded.count >= Splits.sentenceMinimum { result.append(Splits.hash(folded)) }
      start = index + 1
    }
    return result
  }

  private static func isLatin(_ scalar: Unicode.Scalar?) -> Bool {
    scalar.map { $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil) }
      ?? false
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
      try corpus.read(in: folder) { record in
        let part = splits.part(ofRecord: record.texts)
        found[part, default: 0] += 1
        let texts = record.texts.filter { !Splits.fold($0).isEmpty }
        if !texts.allSatisfy({ splits.part(of: $0) == part }) { divided += 1 }
        for text in texts {
          lines[Language(of: text), default: [:]][part, default: 0] += 1
          note(text, part, &seen)
        }
      }
      // The texts of a record go together.
      #expect(divided == 0, "\(corpus.files[0])")
      for part in Splits.Part.allCases {
        #expect(
          counts[ByteString(part.rawValue)]?.intValue == found[part] ?? 0, "\(corpus.files[0])")
      }
      if case .part(let own) = corpus.decision, own != .training {
        #expect(found.keys.allSatisfy { $0 >= own }, "\(corpus.files[0])")
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

  private func note(_ text: [UInt8], _ part: Splits.Part, _ seen: inout Seen) {
    let folded = Splits.hash(Splits.fold(text))
    switch part {
    case .training:
      seen.training.insert(folded)
      seen.trainingSentences.formUnion(Self.sentences(text))
    case .withheld: break
    case .development, .test:
      seen.heldOut.insert(folded)
      seen.heldOutSentences.formUnion(Self.sentences(text))
    }
  }
}
