import Glibc
import SeqaeFiles
import SeqaeTraining
import TestSupport
import Testing

private func status(_ step: Int, fraction: Double) -> Progress.Status {
  Progress.Status(
    step: step, epoch: 1.25, loss: 0.5, tokensPerSecond: 1234.5, fraction: fraction, seconds: 30)
}

/// What a progress writes into a file.
private func written(
  _ style: Progress.Style?, _ body: (Progress, _ clock: Box) -> Void
) throws -> String {
  let folder = ScratchFolder()
  let descriptor = open(folder("out"), O_WRONLY | O_CREAT, 0o600)
  let clock = Box()
  body(
    Progress(
      style, on: Output(descriptor: descriptor, name: "out", flushesAlways: true),
      now: { clock.time }), clock)
  close(descriptor)
  return String(decoding: try folder.bytes("out"), as: UTF8.self)
}

private final class Box {
  var time = 0.0
}

@Test func whereNoTerminalIsLinesComeNowAndThen() throws {
  let text = try written(nil) { progress, clock in
    for step in 1...100 {
      progress.update(status(step, fraction: 0.25))
      clock.time += 1
    }
  }
  let lines = text.split(separator: "\n")
  // One at once, then one each thirty seconds of a hundred.
  #expect(lines.count == 4)
  // A quarter took 30 s: three quarters will take 90.
  #expect(lines[0] == "step 1  epoch 1.25  loss 0.5000  1234 tokens/s  1:30 left")
}

@Test func aBarIsWrittenOverAndAsciiOnly() throws {
  let text = try written(.bar) { progress, clock in
    progress.update(status(1, fraction: 0.5))
    clock.time += 1
    progress.update(status(2, fraction: 1))
    progress.clear()
  }
  #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
  #expect(text.contains("\r[############------------] 50%"))
  #expect(text.contains("\r[########################] 100%"))
  #expect(text.hasSuffix("\r\u{1B}[K"))
  #expect(!text.contains("\n"))
}

@Test func quietIsSilent() throws {
  let text = try written(.silent) { progress, _ in
    progress.update(status(1, fraction: 0.5))
    progress.note("something")
  }
  #expect(text.isEmpty)
}

@Test func aNoteStaysAndTheBarGoesOutOfItsWay() throws {
  let text = try written(.bar) { progress, _ in
    progress.update(status(1, fraction: 0.5))
    progress.note("中文")
  }
  #expect(text.hasSuffix("\r\u{1B}[K中文\n"))
}

@Test func numbersHaveAFixedNumberOfDecimals() {
  #expect(fixed(1.005, 1) == "1.0")
  #expect(fixed(0.99951, 3) == "1.000")
  #expect(fixed(-2.5, 2) == "-2.50")
  #expect(fixed(-0.0001, 2) == "0.00")
  #expect(fixed(12, 0) == "12")
  #expect(fixed(3.0625, 4) == "3.0625")
  #expect(fixed(.nan, 2) == "nan")
}
