import SeqaeFiles
import SeqaeRecipes

/// `seqae codes`: texts to the numbers of their codes.
struct Codes: Command {
  static let name = "codes"
  static let abstract = "Print the numbers of the codes that a VQ-VAE has for texts."
  static let discussion = """
    A line has the codes of a text, with spaces between. With --json each result is {"input","codes"}.
    """
  static let example = [
    "$ seqae codes --model runs/vqvae 'a dog runs'",
    "17 203 5 88 460 12 301 7",
  ]

  private let texts: [String]
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to encode; else standard input, a line each")
    model = try ModelLocation(&arguments, default: nil)
    common = try CommonOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    let work = try LatentWork(model, label: nil, common)
    var input = TextInput(texts)
    while let block = try input.next() {
      let (indices, tooLong) = try work.texts.indices(of: block)
      work.noteLong(tooLong)
      for (text, codes) in zip(block, indices) {
        if common.json {
          let json: JSON = [
            "input": .string(ByteString(text)), "codes": .array(codes.map { .integer($0) }),
          ]
          try Output.standard.line(json.serialized())
        } else {
          try Output.standard.line(codes.map { "\($0)" }.joined(separator: " "))
        }
      }
      try Output.standard.flush()
    }
    return .done
  }
}
