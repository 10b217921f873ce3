import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// What the verbs that write a text of another one have in common: how probable texts are looked for, the model, and the
/// options of every verb.
struct WritingOptions {
  private let search: BeamSearch
  private let isListed: Bool
  let isStreamed: Bool
  private let showsAlignment: Bool
  private let precision: WeightPrecision?
  private let model: ModelLocation
  private let common: CommonOptions

  /// Reads `--beam`, `--n-best`, `--length-penalty`, `--stream`, `--model` and the common options.
  ///
  /// - Parameters:
  ///   - arguments: what the verb was given.
  ///   - showsAlignment: whether it was asked to say what was attended to.
  /// - Throws: `Failure(.usage)`.
  init(_ arguments: inout Arguments, showsAlignment: Bool) throws(Failure) {
    self.showsAlignment = showsAlignment
    let width = try Self.width(&arguments)
    let count: Int? = try arguments.option(
      "--n-best", "N", within: 1...64, standard: "the best text alone",
      help: "print so many texts for each, at most as many as --beam")
    let penalty = try Self.lengthPenalty(&arguments)
    guard (count ?? 1) <= width else {
      throw Failure(.usage, "--n-best \(count ?? 1) is more than --beam \(width): raise that too")
    }
    search = BeamSearch(width: width, lengthPenalty: penalty, count: count ?? 1)
    isListed = count != nil
    isStreamed = try arguments.flag(
      "--stream",
      help: "print a text while it is written, as far as it is sure, one after the other")
    precision = try arguments.optionalChoice(
      "--precision", "P", standard: "int8 if the weights are, else this processor's fastest",
      help: "float32, bfloat16 or int8: what products are computed in")
    model = try ModelLocation(&arguments, default: nil)
    common = try CommonOptions(&arguments)
    guard !isStreamed || !isListed && !showsAlignment && !common.json else {
      throw Failure(
        .usage, "--stream prints texts alone: leave out --n-best, --alignments and --json")
    }
  }

  /// Reads `--beam`.
  static func width(_ arguments: inout Arguments) throws(Failure) -> Int {
    try arguments.option(
      "--beam", "N", default: 4, within: 1...64,
      help: "how many beginnings of a text are gone on with side by side; 1 for greedy search")
  }

  /// Reads `--length-penalty`.
  static func lengthPenalty(_ arguments: inout Arguments) throws(Failure) -> Double {
    try arguments.option(
      "--length-penalty", "A", default: 1, within: 0...10,
      help: "how far long texts are favoured: 0 not at all, 1 by the mean of a token's log p")
  }

  /// Loads the model.
  func work(for task: Translator.Task) throws(Failure) -> WritingWork {
    common.apply()
    var directory = try TranslatorDirectory.load(try model.folder(), for: task)
    directory.precision = precision
    return WritingWork(
      model: directory, search: search,
      isListed: isListed, isStreamed: isStreamed, showsAlignment: showsAlignment, common: common)
  }
}

/// A translator or summarizer that a person named, at work on texts.
struct WritingWork {
  let model: TranslatorDirectory
  let search: BeamSearch
  let isListed: Bool
  let isStreamed: Bool
  let showsAlignment: Bool
  let common: CommonOptions

  // Texts of a person come at once, those of a file by so many, so that like lengths lie side by side.
  private static let block = 64

  /// Writes what becomes of a verb's texts, or of those of standard input, in their order.
  ///
  /// - Parameters:
  ///   - texts: the verb's words.
  ///   - isWhole: whether each is one text, whatever lines it has.
  ///   - longest: the most tokens of what is written; nil for as many as those that are read ask for.
  ///   - direction: the number of the direction of a text.
  ///   - seen: gets each text and the best of what became of it.
  /// - Throws: a `Failure` of reading or writing, or of `direction` or `seen`.
  func write(
    _ texts: [String], isWhole: Bool = false, longest: Int? = nil,
    direction: ([UInt8]) throws(Failure) -> Int,
    seen: ([UInt8], Translator.Written) throws(Failure) -> Void = { (_, _) throws(Failure) in }
  ) throws(Failure) {
    let progress = Progress(common.quiet ? .silent : nil)
    let start = Clock.seconds()
    defer { progress.clear() }
    var input = TextInput(texts, isWhole: isWhole)
    var count = 0
    while let block = try input.next() {
      guard !isStreamed else {
        for text in block {
          try seen(text, try stream(text, direction: try direction(text), longest))
        }
        continue
      }
      for first in stride(from: 0, to: block.count, by: Self.block) {
        let part = Array(block[first..<min(block.count, first + Self.block)])
        let directions = try part.map { text throws(Failure) in try direction(text) }
        let found = model.write(part, directions: directions, search, longest: longest)
        for (text, written) in zip(part, found) {
          try write(text, written)
          try seen(text, written[0])
        }
        try Output.standard.flush()
        count += part.count
        // Of a file alone it is known, and a bar among the texts on a terminal helps nobody.
        let fraction = input.fraction
        guard fraction > 0, fraction < 1, !Output.standard.isTerminal else { continue }
        progress.update(fraction: fraction, seconds: Clock.seconds() - start) { "\(count) texts" }
      }
    }
  }

  /// Prints what is written of a text as it comes.
  private func stream(
    _ text: [UInt8], direction: Int, _ longest: Int?
  ) throws(Failure) -> Translator.Written {
    var failure: Failure?
    let written = model.model.stream(
      text, direction: direction, search, longest: longest, precision: model.precision
    ) { bytes in
      guard failure == nil else { return }
      do throws(Failure) {
        try Output.standard.write(oneLine(bytes))
        try Output.standard.flush()
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    try Output.standard.line("")
    try Output.standard.flush()
    return written
  }

  private func write(_ text: [UInt8], _ written: [Translator.Written]) throws(Failure) {
    guard common.json else {
      for (rank, hypothesis) in written.enumerated() {
        var line = oneLine(hypothesis.text, isColumn: isListed || showsAlignment)
        if isListed {
          line = Array("\(rank)\t".utf8) + line + Array("\t\(fixed(hypothesis.score, 4))".utf8)
        }
        if showsAlignment {
          let links = model.model.alignment(of: hypothesis).links
          line += Array(
            ("\t" + links.map { "\($0.source)-\($0.target)" }.joined(separator: " ")).utf8)
        }
        try Output.standard.line(line)
      }
      return
    }
    var result: JSONObject = ["input": .string(ByteString(text))]
    if isListed {
      result["hypotheses"] = .array(written.map { .object(members($0)) })
    } else {
      for member in members(written[0]).members { result[member.key] = member.value }
    }
    try Output.standard.line(JSON.object(result).serialized())
  }

  private func members(_ written: Translator.Written) -> JSONObject {
    var members: JSONObject = [
      "text": .string(ByteString(written.text)), "score": .number(Self.rounded(written.score)),
      "log_probability": .number(Self.rounded(written.logProbability)),
    ]
    guard showsAlignment else { return members }
    let alignment = model.model.alignment(of: written)
    members["source_words"] = .array(alignment.sourceWords.map { .string(ByteString($0)) })
    members["target_words"] = .array(alignment.targetWords.map { .string(ByteString($0)) })
    members["alignment"] = .array(
      alignment.links.map { [.integer($0.source), .integer($0.target)] })
    return members
  }

  /// To four decimals: the rest depends on what is written side by side.
  private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
