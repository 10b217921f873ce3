import SeqaeFiles
import Testing

@Suite struct FailureTests {
  // sysexits.h: EX_USAGE 64, EX_DATAERR 65, EX_NOINPUT 66, EX_UNAVAILABLE 69, EX_SOFTWARE 70,
  // EX_CANTCREAT 73, EX_IOERR 74.
  @Test(
    arguments: [
      (Failure.Kind.usage, 64), (.data, 65), (.missingInput, 66), (.unavailable, 69),
      (.internalError, 70), (.cannotCreate, 73), (.io, 74),
    ] as [(Failure.Kind, Int32)])
  func exitCodesAreThoseOfSysexits(kind: Failure.Kind, code: Int32) {
    #expect(kind.exitCode == code)
  }

  @Test func messageIsOneLineAndMovesNoCursor() {
    let failure = Failure(.data, "a\nb\u{1B}[2J\rc\u{85}d\u{2028}e: 字 “é”")
    #expect(failure.message == "a\\nb\\u{1B}[2J\\rc\\u{0085}d\\u{2028}e: 字 “é”")
    #expect("\(failure)" == failure.message)
    #expect(!failure.isBrokenPipe)
  }
}
