import SeqaeFiles
import SeqaeModels
import SeqaeRecipes

/// What the verbs on codes have in common: the class of the texts, the model, and the options of every verb.
struct LatentOptions {
  /// The option that says of which class the texts are.
  static let labelOption = "--label"

  /// The options of every verb.
  let common: CommonOptions
  /// The name of the texts' class, if given.
  let label: String?
  /// Where the model is.
  let model: ModelLocation

  /// Reads `--label`, `--model` and the common options.
  ///
  /// - Parameters:
  ///   - arguments: what the verb was given.
  ///   - standard: the shipped model that is used if none is named; nil where one must be.
  /// - Throws: `Failure(.usage)`.
  init(
    _ arguments: inout Arguments, default standard: String? = nil
  ) throws(Failure) {
    label = try arguments.option(
      Self.labelOption, "CLASS", help: "the texts' class, for a model that is told it")
    model = try ModelLocation(&arguments, default: standard)
    common = try CommonOptions(&arguments)
  }

  /// Loads the model.
  func work() throws(Failure) -> LatentWork {
    common.apply()
    return try LatentWork(model, label: label, common)
  }
}

/// A model with sentence codes that a person named, for the verbs on codes.
struct LatentWork {
  let texts: LatentTexts
  /// The class of the texts, for a model that is told it.
  let label: Int?
  private let common: CommonOptions

  init(
    _ model: ModelLocation, label: String?, option: String = LatentOptions.labelOption,
    _ common: CommonOptions
  ) throws(Failure) {
    texts = LatentTexts(try LatentDirectory.load(try model.folder()))
    self.label = try texts.label(label, option: option)
    self.common = common
  }

  /// Returns the codes of texts, and says of those that are too long that they are.
  func codes(of lines: [[UInt8]]) -> [LatentCode] {
    let (codes, tooLong) = texts.codes(of: lines, label: label)
    noteLong(tooLong)
    return codes
  }

  /// Says that some texts are too long.
  func noteLong(_ count: Int) {
    guard count > 0 else { return }
    let what = count == 1 ? "a text is" : "\(count) texts are"
    common.note(
      "\(what) longer than the model's \(texts.longest) tokens: only the beginning is read")
  }

  /// Returns the code of one text.
  func code(of text: String) -> LatentCode { codes(of: [Array(text.utf8)])[0] }

  /// Prints a text, or the members of an object and the text.
  func write(_ text: [UInt8], _ members: @autoclosure () -> JSONObject) throws(Failure) {
    guard common.json else { return try Output.standard.line(oneLine(text)) }
    var json = members()
    json["text"] = .string(ByteString(text))
    try Output.standard.line(JSON.object(json).serialized())
  }
}
