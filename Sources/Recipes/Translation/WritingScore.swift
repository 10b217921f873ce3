import SeqaeFiles
import SeqaeModels
import SeqaeText

/// How like their references the texts are that a model writes.
enum WritingScore: Sendable, Equatable {
  /// BLEU, 0 to 100.
  case bleu(BLEUTokenizer)
  /// The mean F₁ of ROUGE-L, 0 to 1.
  case rouge(ROUGEUnits)

  /// The score of a task in a language.
  ///
  /// - Parameters:
  ///   - task: what is written.
  ///   - language: its language; else it is seen in the references.
  ///   - references: what should be written.
  init(_ task: Translator.Task, in language: ByteString?, _ references: [[UInt8]]) {
    // Languages have many names: zh, zho, cmn, zh-TW.
    let isChinese =
      language?.string == Language.chinese.rawValue
      || 2 * references.count { Language(of: $0) == .chinese } > references.count
    switch task {
    case .translation: self = .bleu(isChinese ? .chinese : .mteval13a)
    case .summarization: self = .rouge(isChinese ? .characters : .words)
    }
  }

  /// Its name in logs.
  var name: String {
    switch self {
    case .bleu: "bleu"
    case .rouge: ROUGE.Variant.longest.rawValue
    }
  }

  /// Returns the score of texts, each with a reference.
  func callAsFunction(_ written: [[UInt8]], references: [[UInt8]]) -> Double {
    switch self {
    case .bleu(let tokenizer):
      let bleu = BLEU(tokenizer)
      var counts = BLEU.Counts()
      for (text, reference) in zip(written, references) {
        counts += bleu.counts(text, references: [reference])
      }
      return counts.score().value
    case .rouge(let units):
      let rouge = ROUGE(units)
      var sum = ROUGE.Sum()
      for (text, reference) in zip(written, references) {
        sum += rouge.scores(text, references: [reference])
      }
      return sum.mean[.longest].f1
    }
  }
}
