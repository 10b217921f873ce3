import SeqaeFiles
import SeqaeModels
import SeqaeTensors
import SeqaeText
import SeqaeTraining

/// `seqae tokenize`: text to tokens and back, and what a tokenizer is.
struct Tokenize: Command {
  static let name = "tokenize"
  static let abstract = "Turn text into tokens and back, as a model sees it."
  static let discussion = """
    encode prints {"ids","tokens","offsets"} for each text; offsets count code points. decode takes
    such lines, or ids with spaces between, and prints the text. inspect prints what a tokenizer is,
    and, given a text, what it makes of it.
    """
  static let example = [
    "$ seqae tokenize encode '中国' | seqae tokenize decode",
    "中国",
  ]

  private enum Action: String, ArgumentChoice {
    case encode, decode, inspect
  }

  private let action: Action
  private let texts: [String]
  private let file: String?
  private let omitsSpecialTokens: Bool
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    action = try arguments.choice(
      "ACTION", placeholder: .encode, help: "encode, decode or inspect")
    texts = arguments.words(
      "TEXT", help: "what to encode or decode, else standard input; what inspect is to show")
    file = try arguments.option(
      "--tokenizer", "FILE", help: "a tokenizer.json, in place of a model's")
    omitsSpecialTokens = try arguments.flag(
      "--no-special-tokens", help: "encode without the tokens that the file adds around a text")
    model = try ModelLocation(&arguments, default: "denoiser")
    common = try CommonOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    let path: String
    if let file { path = file } else { path = Path.join(try model.folder(), "tokenizer.json") }
    let tokenizer = try Tokenizer(readingJSON: path)
    if case .inspect = action {
      try inspect(tokenizer, path)
      return .done
    }
    var input = TextInput(texts)
    var number = 0
    while let block = try input.next() {
      if case .encode = action {
        let lines = Threads.map(block.count) { encoded(block[$0], tokenizer).serialized() }
        for line in lines { try Output.standard.line(line) }
      } else {
        for text in block {
          number += 1
          try decode(text, number, tokenizer)
        }
      }
      try Output.standard.flush()
    }
    return .done
  }

  private func encoded(_ text: [UInt8], _ tokenizer: Tokenizer) -> JSON {
    let encoding = tokenizer.encode(text, addSpecialTokens: !omitsSpecialTokens)
    let codePoints = CodePointOffsets(text)
    return [
      "ids": .array(encoding.ids.map { .integer(Int($0)) }),
      "tokens": .array(encoding.ids.map { .string(token($0, tokenizer)) }),
      "offsets": .array(
        encoding.ranges.map { range in
          let offsets = codePoints.covering(range)
          return [.integer(offsets.lowerBound), .integer(offsets.upperBound)]
        }),
    ]
  }

  private func token(_ id: TokenID, _ tokenizer: Tokenizer) -> ByteString {
    ByteString(Array(tokenizer.vocabulary.bytes(of: id)))
  }

  private func decode(
    _ line: [UInt8], _ number: Int, _ tokenizer: Tokenizer
  ) throws(Failure) {
    let ids = try tokenIDs(line, number)
    for id in ids where !tokenizer.vocabulary.contains(id) {
      throw Failure(
        .data,
        "item \(number): expected ids below \(tokenizer.vocabulary.count), found \(id): was it "
          + "encoded with another tokenizer?")
    }
    let text = tokenizer.decode(ids)
    if common.json {
      let result: JSON = ["text": .string(ByteString(text))]
      try Output.standard.line(result.serialized())
    } else {
      try Output.standard.line(text)
    }
  }

  /// The ids of a line: what `encode` printed, an array, or numbers with spaces between.
  private func tokenIDs(_ line: [UInt8], _ number: Int) throws(Failure) -> [TokenID] {
    let name = "item \(number)"
    var numbers: [(text: ByteString, id: TokenID?)]
    switch line.first {
    case UInt8(ascii: "{")?, UInt8(ascii: "[")?:
      let json = try JSON.parse(line, name: name)
      guard let values = (json["ids"] ?? json).arrayValue else {
        throw Failure(.data, "\(name): expected an array of \"ids\", found none")
      }
      numbers = values.map {
        (ByteString($0.serialized()), $0.intValue.flatMap { TokenID(exactly: $0) })
      }
    default:
      numbers = line.split(separator: UInt8(ascii: " ")).map {
        (ByteString(Array($0)), TokenID(String(decoding: $0, as: UTF8.self)))
      }
    }
    var ids: [TokenID] = []
    for (text, id) in numbers {
      guard let id else {
        throw Failure(
          .data,
          "\(name): expected token numbers, found \(text.quoted): give ids with spaces between, or lines of "
            + "seqae tokenize encode")
      }
      ids.append(id)
    }
    return ids
  }

  private func inspect(_ tokenizer: Tokenizer, _ path: String) throws(Failure) {
    let special = tokenizer.specialTokens.map { (id: $0, token: token($0, tokenizer)) }
    if common.json {
      var summary: JSONObject = [
        "tokenizer": JSON(path),
        "vocabulary": .integer(tokenizer.vocabulary.count),
        "model": JSON(tokenizer.modelDescription),
        "normalizer": tokenizer.normalizerDescription.map { JSON($0) } ?? .null,
        "splitter": tokenizer.splitterDescription.map { JSON($0) } ?? .null,
        "special_tokens": .object(
          JSONObject(special.map { (key: $0.token, value: .integer(Int($0.id))) })),
        "length_limit": tokenizer.lengthLimit.map { .integer($0) } ?? .null,
        "lossless": .bool(isLossless(tokenizer)),
      ]
      if !texts.isEmpty {
        summary["texts"] = .array(texts.map { encoded(Array($0.utf8), tokenizer) })
      }
      return try Output.standard.line(JSON.object(summary).serialized())
    }
    let names = special.map { "\($0.token) \($0.id)" }.joined(separator: ", ")
    var lines = [
      ("file", path), ("vocabulary", "\(tokenizer.vocabulary.count) tokens"),
      ("model", tokenizer.modelDescription), ("special tokens", names),
      ("normaliser", tokenizer.normalizerDescription ?? "none"),
      ("splitter", tokenizer.splitterDescription ?? "none"),
      (
        "decoding",
        isLossless(tokenizer) ? "text comes back byte for byte" : "the normalised text comes back"
      ),
    ]
    if let limit = tokenizer.lengthLimit { lines.append(("longest text", "\(limit) tokens")) }
    for (name, value) in lines { try Output.standard.line("\(name): \(value)") }
    for text in texts {
      try Output.standard.line("")
      try Output.standard.write(Array(table(Array(text.utf8), tokenizer).utf8))
    }
    try Output.standard.flush()
  }

  /// Whether decoding gives back the text that was encoded.
  private func isLossless(_ tokenizer: Tokenizer) -> Bool {
    if tokenizer.normalizer != nil { return false }
    if tokenizer.model is WordPieceModel || tokenizer.model is WordModel { return false }
    return !((tokenizer.splitter as? ByteLevelSplitter)?.addsPrefixSpace ?? false)
  }

  /// A line for each token of a text: its number, its offsets in code points, its spelling, what it stands for.
  private func table(_ text: [UInt8], _ tokenizer: Tokenizer) -> String {
    let encoding = tokenizer.encode(text, addSpecialTokens: !omitsSpecialTokens)
    let codePoints = CodePointOffsets(text)
    var rows = [["id", "from", "to", "token", "text"]]
    for (id, range) in zip(encoding.ids, encoding.ranges) {
      let offsets = codePoints.covering(range)
      rows.append([
        "\(id)", "\(offsets.lowerBound)", "\(offsets.upperBound)", token(id, tokenizer).quoted,
        ByteString(Array(text[range])).quoted,
      ])
    }
    return textTable(rows, left: [3, 4])
  }
}
