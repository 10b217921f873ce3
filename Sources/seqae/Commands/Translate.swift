import SeqaeFiles
import SeqaeModels
import SeqaeRecipes

/// `seqae translate`: texts to their translations.
struct Translate: Command {
  static let name = "translate"
  static let abstract = "Translate text."
  static let discussion = """
    The model is one of train translator. One of both directions is told by --to which language to write;
    of English and Chinese it sees that in the text. A text that is longer than the model reads is cut at
    the ends of sentences, and the translations of its pieces are joined. With --n-best each text has so
    many lines, the best first: its number from 0, a tab, the text, a tab and the score, that is log p of
    the text over its length in tokens to the power A. With --json a result is
    {"input","text","score","log_probability"}, and with --n-best these but for the input in an array
    "hypotheses". --alignments puts behind a text a tab and pairs i-j of words, from 0, of which the i-th
    of the text was attended to most while the j-th was written (the mean over the heads of the last
    decoder layer); words and marks are those of Unicode, Chinese ones of ICU's dictionary, and JSON has
    them as "source_words" and "target_words" beside "alignment". --attention draws the weights.
    --stream prints what all open hypotheses of a beam agree on as soon as they do.
    """
  static let example = [
    "$ seqae translate --model runs/de-en 'Ein Hund läuft.'",
    "A dog is running.",
  ]

  private let texts: [String]
  private let to: String?
  private let attention: String?
  private let writing: WritingOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to translate; else standard input, a line each")
    to = try arguments.option(
      "--to", "LANG", standard: "the one that the model writes, or the text is not in",
      help: "the language to translate to, as the model calls it")
    let showsAlignment = try arguments.flag(
      "--alignments", help: "say which words were attended to while which were written")
    attention = try arguments.option(
      "--attention", "FILE.svg", help: "draw that, for one text")
    writing = try WritingOptions(&arguments, showsAlignment: showsAlignment)
    guard attention == nil || !writing.isStreamed else {
      throw Failure(.usage, "--stream prints texts alone: leave out --attention")
    }
    guard attention == nil || texts.count == 1 && !texts[0].utf8.contains(0x0A) else {
      throw Failure(.usage, "--attention draws one text of one line (seqae translate --help)")
    }
  }

  func run() throws(Failure) -> Ending {
    let work = try writing.work(for: .translation)
    let direction = try to.map { language throws(Failure) in try work.model.direction(to: language)
    }
    try work.write(texts) { text throws(Failure) in
      if let direction { return direction }
      return try work.model.direction(of: text)
    } seen: { text, written throws(Failure) in
      guard let attention else { return }
      let alignment = work.model.model.alignment(of: written)
      guard max(alignment.sourceWords.count, alignment.targetWords.count) <= AttentionMap.mostWords
      else {
        throw Failure(
          .usage,
          "--attention draws up to \(AttentionMap.mostWords) words, the text has "
            + "\(alignment.sourceWords.count): give a sentence")
      }
      let map = AttentionMap(alignment, title: String(decoding: text, as: UTF8.self))
      try AtomicFile.write(attention, bytes: Array(map.svg.utf8))
    }
    return .done
  }
}

/// `seqae summarize`: texts to their summaries.
struct Summarize: Command {
  static let name = "summarize"
  static let abstract = "Summarize text."
  static let discussion = """
    The model is one of train summarizer. Of a text that is longer than the model reads the beginning
    counts. With --n-best each text has so many lines, the best first: its number from 0, a tab, the
    text, a tab and the score, that is log p of the text over its length in tokens to the power A. With
    --json a result is {"input","text","score","log_probability"}, and with --n-best these but for the
    input in an array "hypotheses".
    """
  static let example = [
    "$ seqae summarize --model runs/titles < articles.txt > titles.txt"
  ]

  private let texts: [String]
  private let longest: Int
  private let writing: WritingOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words(
      "TEXT", help: "what to summarize, whatever lines it has; else standard input, a text a line")
    longest = try arguments.option(
      "--max-length", "N", default: Translator.longestSummary, within: 1...4096,
      help: "the most tokens of a summary")
    writing = try WritingOptions(&arguments, showsAlignment: false)
  }

  func run() throws(Failure) -> Ending {
    try writing.work(for: .summarization).write(texts, isWhole: true, longest: longest) {
      _ throws(Failure) in 0
    }
    return .done
  }
}
