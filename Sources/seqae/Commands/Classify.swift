import Glibc
import SeqaeFiles
import SeqaeRecipes
import SeqaeTraining

/// `seqae classify`: texts to classes.
struct Classify: Command {
  static let name = "classify"
  static let abstract = "Name the class of texts, and how probable it is."
  static let discussion = """
    The model is one of train classifier. A line is the class, a tab and its probability; with --json it
    is {"text","label","probability","probabilities":{class: probability}}. Of a text that is longer than
    the model reads the beginning counts.
    """
  static let example = [
    "$ seqae classify --model runs/sentiment 'a fine film'",
    "1\t0.982",
  ]

  private let texts: [String]
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to classify; else standard input, a line each")
    model = try ModelLocation(&arguments, default: nil)
    common = try CommonOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    let classifier = try ClassifierDirectory.load(try model.folder())
    var input = TextInput(texts)
    while let block = try input.next() {
      for (text, logarithms) in zip(block, classifier.logPosteriors(of: block)) {
        try write(text, classifier.classes, logarithms.map { exp($0) }, logarithms.largest)
      }
      try Output.standard.flush()
    }
    return .done
  }

  private func write(
    _ text: [UInt8], _ classes: [ByteString], _ probabilities: [Double], _ best: Int
  ) throws(Failure) {
    guard common.json else {
      return try Output.standard.line(
        classes[best].bytes + [UInt8(ascii: "\t")] + Array(fixed(probabilities[best], 3).utf8))
    }
    let all = JSONObject(zip(classes, probabilities).map { ($0, .number($1)) })
    let result: JSON = [
      "text": .string(ByteString(text)), "label": .string(classes[best]),
      "probability": .number(probabilities[best]), "probabilities": .object(all),
    ]
    try Output.standard.line(result.serialized())
  }
}
