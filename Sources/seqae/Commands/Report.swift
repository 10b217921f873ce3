import SeqaeFiles
import SeqaeRecipes

/// `seqae report`: shows a training run as a page.
struct Report: Command {
  static let name = "report"
  static let abstract = "Show a training run as one HTML page."
  static let discussion = """
    The page has curves of the loss, the validations, the learning rate and the speed, samples, and
    the settings, those that differ from the defaults marked. It needs no network and no scripts. A
    run may be reported while it goes on.
    """
  static let example = [
    "$ seqae report runs/first",
    "$ seqae report runs/first --output first.html",
  ]

  private let folder: String
  private let output: String?
  private let common: CommonOptions

  init(_ arguments: inout Arguments) throws(Failure) {
    folder = try arguments.word("RUN", help: "the folder that seqae train wrote")
    output = try arguments.option(
      "--output", "FILE", standard: "RUN/\(RunReport.fileName)", help: "the file to write")
    common = try CommonOptions(&arguments)
  }

  func run() throws(Failure) -> Ending {
    let report = try RunReport(folder)
    for note in report.notes { common.note(note) }
    let page = output ?? Path.join(folder, RunReport.fileName)
    try AtomicFile.write(page, bytes: Array(report.html.utf8))
    common.note("\(page): written")
    return .done
  }
}
