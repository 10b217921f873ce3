import SeqaeFiles
import SeqaeModels
import SeqaeRecipes

/// `seqae denoise`: repairs text.
struct Denoise: Command {
  static let name = "denoise"
  static let abstract = "Repair text: take out what noise put in, and leave clean text as it is."
  static let discussion = """
    With --json each result is {"input","text","changed","confidence","edits"}; an edit is
    {"offset","removed","inserted","confidence"}, its offset in code points of the input.
    """
  static let example = [
    "$ seqae denoise '中，，，，国' 'h.e.l.l.o  w,,orld'",
    "中国",
    "hello world",
  ]

  private let texts: [String]
  private let minimumConfidence: Double?
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to repair; else standard input, a line each")
    minimumConfidence = try arguments.option(
      "--min-confidence", "P", within: 0...1, standard: "the model's own",
      help: "make no edit that the model finds less probable")
    model = try ModelLocation(&arguments, default: "denoiser")
    common = try CommonOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    let denoiser = try DenoiserDirectory.load(try model.folder())
    var input = TextInput(texts)
    while let block = try input.next() {
      let repairs = denoiser.repair(block, minimumConfidence: minimumConfidence)
      for (text, repair) in zip(block, repairs) {
        try Output.standard.line(common.json ? json(text, repair).serialized() : repair.text)
      }
      try Output.standard.flush()
    }
    return .done
  }

  private func json(_ text: [UInt8], _ repair: Repair) -> JSON {
    [
      "input": .string(ByteString(text)),
      "text": .string(ByteString(repair.text)),
      "changed": .bool(repair.changed),
      "confidence": .number(rounded(repair.confidence)),
      "edits": .array(
        repair.edits.map { edit in
          [
            "offset": .integer(edit.offset),
            "removed": .string(ByteString(edit.removed)),
            "inserted": .string(ByteString(edit.inserted)),
            "confidence": .number(rounded(edit.confidence)),
          ]
        }),
    ]
  }

  /// To four decimals: the rest depends on what is repaired side by side.
  private func rounded(_ probability: Double) -> Double {
    (probability * 10_000).rounded() / 10_000
  }
}
