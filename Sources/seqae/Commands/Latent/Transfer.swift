import SeqaeFiles
import SeqaeRecipes

/// `seqae transfer`: texts of one class as texts of another.
struct Transfer: Command {
  static let name = "transfer"
  static let abstract = "Encode texts as of one class and write them as of another."
  static let discussion = """
    The model is one that is told the class: of train cvae, or of train autoencoder on FILE:CLASS,TEXT.
    With --json each result is {"input","text"}.
    """
  static let example = [
    "$ seqae transfer --model runs/cvae --from 0 --to 1 'a bad film'",
    "a good film",
  ]

  private let texts: [String]
  private let source: String
  private let target: String
  private let choice: TokenChoice
  private let model: ModelLocation
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to write anew; else standard input, a line each")
    source = try arguments.required("--from", "CLASS", help: "the class that the texts are of")
    target = try arguments.required("--to", "CLASS", help: "the class that they shall be of")
    choice = try TokenChoice(&arguments)
    model = try ModelLocation(&arguments, default: nil)
    common = try CommonOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    common.apply()
    let work = try LatentWork(model, label: source, option: "--from", common)
    let target = try work.texts.label(target, option: "--to")
    var input = TextInput(texts)
    var done = 0
    while let block = try input.next() {
      let codes = work.codes(of: block).map { code in
        var code = code
        code.label = target
        return code
      }
      for (text, new) in zip(block, choice.texts(from: codes, work, start: done)) {
        try work.write(new, ["input": .string(ByteString(text))])
      }
      try Output.standard.flush()
      done += block.count
    }
    return .done
  }
}
