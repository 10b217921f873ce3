import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeTensors

/// `seqae denoise`: repairs text.
struct Denoise: Command {
  static let name = "denoise"
  static let abstract = "Repair text: undo what noise did to it, and leave clean text as it is."
  static let discussion = """
    With --json each result is {"input","text","changed","confidence","edits"}; an edit is
    {"offset","removed","inserted","confidence"}, its offset in code points of the input, and with
    --explain a "reason". --explain follows each result with a line for each edit, indented by two
    spaces; --diff prints, in place of the result, the text with what went and what came in colour, or
    as [-went-]{+came+} where there is no terminal.
    """
  static let example = [
    "$ seqae denoise '中，，，，国' 'h.e.l.l.o  w,,orld'",
    "中国",
    "hello world",
  ]

  private let texts: [String]
  private let minimumConfidence: Double?
  private let precision: Precision?
  private let explains: Bool
  private let showsDifference: Bool
  private let color: RepairView.Color
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to repair; else standard input, a line each")
    minimumConfidence = try arguments.option(
      "--min-confidence", "P", within: 0...1, standard: "the model's own",
      help: "make no edit that the model finds less probable")
    precision = try arguments.optionalChoice(
      "--precision", "P", standard: "the fastest that this processor has",
      help: "float32 or bfloat16: what products are computed in")
    explains = try arguments.flag("--explain", help: "say what each edit did")
    showsDifference = try arguments.flag("--diff", help: "show the edits inside the text")
    color = try arguments.option(
      "--color", "WHEN", default: .auto, help: "auto, always or never, for --diff")
    model = try ModelLocation(&arguments, default: "denoiser")
    common = try CommonOptions(&arguments)
    try arguments.refuse(["--diff", "--color"], when: common.json, "with --json")
    try arguments.refuse(["--color"], when: !showsDifference, "without --diff")
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    let repairer = try TextRepairers.load(try model.folder())
    var input = TextInput(texts)
    while let block = try input.next() {
      let repairs = repairer.repair(
        block, minimumConfidence: minimumConfidence, precision: precision)
      for (text, repair) in zip(block, repairs) {
        try write(RepairView(text: text, repair: repair))
      }
      try Output.standard.flush()
    }
    return .done
  }

  private func write(_ view: RepairView) throws(Failure) {
    if common.json { return try Output.standard.line(json(view).serialized()) }
    try Output.standard.line(
      showsDifference ? view.difference(colored: color.isOn) : view.repair.text)
    guard explains else { return }
    for line in view.explanation() { try Output.standard.line(line) }
  }

  private func json(_ view: RepairView) -> JSON {
    let (text, repair) = (view.text, view.repair)
    let reasons = explains ? view.reasons().map { JSON($0.rawValue) } : []
    return [
      "input": .string(ByteString(text)),
      "text": .string(ByteString(repair.text)),
      "changed": .bool(repair.changed),
      "confidence": .number(rounded(repair.confidence)),
      "edits": .array(
        repair.edits.enumerated().map { number, edit in
          var members: JSONObject = [
            "offset": .integer(edit.offset),
            "removed": .string(ByteString(edit.removed)),
            "inserted": .string(ByteString(edit.inserted)),
            "confidence": .number(rounded(edit.confidence)),
          ]
          if explains { members["reason"] = reasons[number] }
          return .object(members)
        }),
    ]
  }

  /// To four decimals: the rest depends on what is repaired side by side.
  private func rounded(_ probability: Double) -> Double {
    (probability * 10_000).rounded() / 10_000
  }
}
