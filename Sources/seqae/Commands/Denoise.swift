import SeqaeFiles
import SeqaeModels
import SeqaeRecipes
import SeqaeTensors
import SeqaeText

/// `seqae denoise`: repairs text.
struct Denoise: Command {
  static let name = "denoise"
  static let abstract = "Repair text: undo what noise did to it, and leave clean text as it is."
  static let discussion = """
    With --json each result is {"input","text","changed","withheld","confidence","edits"}; an edit is
    {"offset","removed","inserted","confidence"}, its offset in code points of the input, and with
    --explain a "reason". --explain follows each result with a line for each edit, indented by two
    spaces, and with --detector with one for each place that stays though it looks out of place; in
    JSON these are "suspicions", {"offset","text","confidence"}. --diff prints, in place of the
    result, the text with what went and what came in colour, or as [-went-]{+came+} where there is no
    terminal.
    """
  static let example = [
    "$ seqae denoise '中，，，，国' 'h.e.l.l.o  w,,orld'",
    "中国",
    "hello world",
  ]

  private let texts: [String]
  private let minimumConfidence: Double?
  private let precision: WeightPrecision?
  private let explains: Bool
  private let detector: String?
  private let showsDifference: Bool
  private let color: RepairView.Color
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to repair; else standard input, a line each")
    minimumConfidence = try arguments.option(
      "--min-confidence", "P", within: 0...1, standard: "the model's own",
      help: "make all edits, and only those, that the model finds so probable")
    precision = try arguments.optionalChoice(
      "--precision", "P", standard: "int8 if the weights are, else this processor's fastest",
      help: "float32, bfloat16 or int8: what products are computed in")
    explains = try arguments.flag("--explain", help: "say what each edit did")
    detector = try arguments.option(
      "--detector", "DIR", help: "a run of train electra, which says what else looks out of place")
    showsDifference = try arguments.flag("--diff", help: "show the edits inside the text")
    color = try arguments.option(
      "--color", "WHEN", default: .auto, help: "auto, always or never, for --diff")
    model = try ModelLocation(&arguments, default: "denoiser")
    common = try CommonOptions(&arguments)
    try arguments.refuse(["--diff", "--color"], when: common.json, "with --json")
    try arguments.refuse(["--color"], when: !showsDifference, "without --diff")
    try arguments.refuse(["--detector"], when: !explains, "without --explain")
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    let repairer = try TextRepairers.load(try model.folder())
    let detector = try detector.map { path throws(Failure) in
      try ElectraDirectory.load(try ModelLocation.folder(named: path))
    }
    var input = TextInput(texts)
    while let block = try input.next() {
      guard common.json || explains || showsDifference else {
        try writeTexts(of: block, repairer)
        continue
      }
      let repairs = repairer.repair(
        block, minimumConfidence: minimumConfidence, precision: precision)
      let suspicions = detector?.suspicions(in: repairs, precision: precision)
      for (number, repair) in repairs.enumerated() {
        try write(
          RepairView(text: block[number], repair: repair, suspicions: suspicions?[number]))
      }
      try Output.standard.flush()
    }
    return .done
  }

  /// Writes repaired texts as they become known, so that a line of any length takes no more memory than it has bytes.
  private func writeTexts(
    of block: [[UInt8]], _ repairer: any TextRepairer
  ) throws(Failure) {
    var finished = 0  // lines
    func finish(_ lines: Int) throws(Failure) {
      while finished < lines {
        try Output.standard.line("")
        finished += 1
      }
    }
    try repairer.repair(block, minimumConfidence: minimumConfidence, precision: precision) {
      (line, text) throws(Failure) in
      try finish(line)
      try Output.standard.write(text)
    }
    try finish(block.count)
    try Output.standard.flush()
  }

  private func write(_ view: RepairView) throws(Failure) {
    if common.json { return try writeJSON(view) }
    try Output.standard.line(
      showsDifference ? view.difference(colored: color.isOn) : view.repair.text)
    guard explains else { return }
    try view.explain { text throws(Failure) in try Output.standard.line(text) }
  }

  /// Writes a result as a line of JSON, member by member: as one value, that of a long line would take many times
  /// its size.
  private func writeJSON(_ view: RepairView) throws(Failure) {
    let repair = view.repair
    func put(_ syntax: String, _ value: JSON) throws(Failure) {
      try Output.standard.write(Array(syntax.utf8))
      try Output.standard.write(value.serialized())
    }
    try writeString("{\"input\":", view.text)
    try writeString(",\"text\":", repair.text)
    try put(",\"changed\":", .bool(repair.changed))
    try put(",\"withheld\":", .bool(repair.isWithheld))
    try put(",\"confidence\":", .number(rounded(repair.confidence)))
    let reasons = explains ? view.reasons() : []
    for (number, edit) in repair.edits.enumerated() {
      var members: JSONObject = [
        "offset": .integer(edit.offset),
        "removed": .string(ByteString(edit.removed)),
        "inserted": .string(ByteString(edit.inserted)),
        "confidence": .number(rounded(edit.confidence)),
      ]
      if explains { members["reason"] = JSON(reasons[number].rawValue) }
      try put(number == 0 ? ",\"edits\":[" : ",", .object(members))
    }
    try Output.standard.write(Array((repair.changed ? "]" : ",\"edits\":[]").utf8))
    if let suspicions = view.suspicions {
      try put(
        ",\"suspicions\":",
        .array(
          suspicions.map { suspicion in
            [
              "offset": .integer(suspicion.offset), "text": .string(ByteString(suspicion.text)),
              "confidence": .number(rounded(suspicion.confidence)),
            ]
          }))
    }
    try Output.standard.line("}")
  }

  /// Writes a string of JSON, whose escapes are those of its parts.
  private func writeString(_ syntax: String, _ text: [UInt8]) throws(Failure) {
    try Output.standard.write(Array((syntax + "\"").utf8))
    var rest = text[...]
    while !rest.isEmpty {
      let part = JSON.string(ByteString(Array(rest.takeCodePoints(1 << 14)))).serialized()
      try Output.standard.write(Array(part.dropFirst().dropLast()))  // its quotes
    }
    try Output.standard.write(Array("\"".utf8))
  }

  /// To four decimals: the rest depends on what is repaired side by side.
  private func rounded(_ probability: Double) -> Double {
    (probability * 10_000).rounded() / 10_000
  }
}
