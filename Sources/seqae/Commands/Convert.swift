import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRecipes
import SeqaeTensors

/// `seqae convert`: writes a model anew, in another precision or with other defaults.
struct Convert: Command {
  static let name = "convert"
  static let abstract = "Write a model anew: without its run, smaller, or with another default."
  static let discussion = """
    IN is a model's folder, a run, of which the best model is taken, or the name of a shipped model;
    OUT becomes a model's folder.
    bfloat16 halves the size and rounds each weight to eight significant bits. int8, which is for
    denoisers, rewriters, translators, summarizers and embedders, halves it again: each row of a matrix
    becomes whole numbers up to 127 and a scale, and products are computed in these.
    """
  static let example = [
    "$ seqae convert runs/first small --precision bfloat16",
    "$ seqae denoise --model small '中，，，，国'",
  ]

  private let source: String
  private let target: String
  private let precision: WeightPrecision
  private let minimumConfidence: Double?
  private let lineConfidence: LineConfidence?
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    source = try arguments.word(
      "IN", help: "the folder of a model or of a run, or a shipped model's name")
    target = try arguments.word("OUT", help: "the folder to write")
    precision = try arguments.option(
      "--precision", "P", default: .float32, help: "float32, bfloat16 or int8")
    minimumConfidence = try arguments.option(
      "--min-confidence", "P", within: 0...1, standard: "as in IN",
      help: "make no edit that the model finds less probable, unless told otherwise")
    let lineConfidences = try arguments.numbers(
      "--line-confidence", "P", within: 0...LineConfidence.highest, standard: "as in IN",
      help: """
        change no line that is less sure to be spoilt at all, unless told otherwise: a short one, and one of \
        \(LineConfidence.length) letters
        """)
    guard lineConfidences.isEmpty || lineConfidences.count == 2 else {
      throw Failure(
        .usage,
        "--line-confidence: expected two numbers, for short lines and for long ones, found "
          + "\(lineConfidences.count)")
    }
    lineConfidence =
      lineConfidences.isEmpty
      ? nil : LineConfidence(short: lineConfidences[0], long: lineConfidences[1])
    common = try CommonOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    guard !Path.exists(Path.join(target, "config.json")) else {
      throw Failure(.cannotCreate, "\(target): holds a model already: choose another folder")
    }
    let folder = try ModelLocation.folder(named: source)
    let model = try StoredModels.load(folder)
    guard let denoiser = model as? DenoiserDirectory else {
      guard minimumConfidence == nil, lineConfidence == nil else {
        throw Failure(
          .usage, "\(folder): no denoiser: expected neither --min-confidence nor --line-confidence")
      }
      guard
        precision != .int8 || model is EmbedderDirectory || model is TranslatorDirectory
          || model is RewriterDirectory
      else {
        throw Failure(
          .usage,
          "\(folder): expected a denoiser, a rewriter, a translator, a summarizer or an embedder for --precision int8"
        )
      }
      try model.write(to: target, as: precision)
      return .done
    }
    let converted = DenoiserDirectory(
      denoiser.model, minimumConfidence: minimumConfidence ?? denoiser.minimumConfidence,
      lineConfidence: lineConfidence ?? denoiser.lineConfidence)
    try converted.write(to: target, as: precision)
    return .done
  }
}

extension Precision: ArgumentChoice {}
extension WeightPrecision: ArgumentChoice {}
