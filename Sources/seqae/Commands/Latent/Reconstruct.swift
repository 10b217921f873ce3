import SeqaeFiles
import SeqaeRecipes

/// `seqae reconstruct`: texts through their codes.
struct Reconstruct: Command {
  static let name = "reconstruct"
  static let abstract = "Write texts anew from their codes: what is lost, the code does not hold."
  static let discussion = """
    With --json each result is {"input","exact","text"}.
    """
  static let example = [
    "$ seqae reconstruct --model runs/vae 'a dog runs'",
    "a dog runs",
  ]

  private let texts: [String]
  private let choice: TokenChoice
  private let options: LatentOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    texts = arguments.words("TEXT", help: "what to write anew; else standard input, a line each")
    choice = try TokenChoice(&arguments)
    options = try LatentOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    let work = try options.work()
    var input = TextInput(texts)
    var done = 0
    while let block = try input.next() {
      let written = choice.texts(from: work.codes(of: block), work, start: done)
      for (text, new) in zip(block, written) {
        try work.write(new, ["input": .string(ByteString(text)), "exact": .bool(text == new)])
      }
      try Output.standard.flush()
      done += block.count
    }
    return .done
  }
}
