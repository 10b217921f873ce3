import Glibc
import SeqaeFiles
import SeqaeTraining
import TestSupport
import Testing

/// TensorBoard's own writer made the fixture; Tests/Fixtures/training/README.md says how.
@Test func recordsAreByteForByteThoseOfTensorBoard() throws {
  let file = try MappedFile(TestSupport.Fixture.path("training/events.tfevents"))
  let expected = withExtendedLifetime(file) { Array(file.bytes) }
  func tag(_ text: String) -> [UInt8] { Array(text.utf8) }
  let records = [
    EventRecord.version(time: 1_700_000_000.25),
    EventRecord.scalars(time: 1_700_000_001.5, step: 0, [(tag("loss"), 8.25)]),
    EventRecord.start(time: 1_700_000_002, step: 300),
    EventRecord.scalars(
      time: 1_700_000_003, step: 300, [(tag("loss"), -1.1), (tag("validation/score"), 0)]),
    EventRecord.scalars(
      time: 1_700_000_004.125, step: 1 << 40,
      [(tag("rate"), 1e-45), (tag("验证/" + String(repeating: "x", count: 200)), .infinity)]),
  ]
  #expect(records.flatMap { $0 } == expected)
}

@Test func theChecksumIsCastagnolis() {
  // RFC 3720, B.4.
  #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
  #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
  #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
}

@Test func eachStartOfARunHasAFileOfEventsThatGrowsWithTheLog() throws {
  let folder = ScratchFolder()
  func files() throws -> [String] {
    try Path.list(folder.path).filter { $0.hasPrefix("events.out.tfevents.") }
  }
  let log = try RunLog.create(folder("log.jsonl"))
  let first = try #require(try files().first)
  let sizeOfVersion = try Path.fileSize(folder(first))
  try log.append(["step": 1, "loss": 0.5, "epoch": 0.25])
  let sizeOfOne = try Path.fileSize(folder(first))
  try log.append(["step": 2, "validation": ["score": 1.5], "best": true])
  #expect(sizeOfVersion < sizeOfOne)
  #expect(sizeOfOne < (try Path.fileSize(folder(first))))
  // What is no number makes no record.
  let size = try Path.fileSize(folder(first))
  try log.append(["step": 3, "note": "none", "best": false])
  #expect(try Path.fileSize(folder(first)) == size)
  let before = try folder.bytes(first)
  let resumed = try RunLog.resume(folder("log.jsonl"), after: 1)
  try resumed.append(["step": 2, "loss": 0.25])
  #expect(try files().count == 2)
  #expect(try folder.bytes(first) == before)
}

@Test func theNumbersOfALineStandUnderTheirTags() throws {
  let folder = ScratchFolder()
  let file = try EventFile.create(in: folder.path, after: 6) { 1_700_000_000 }
  try file.append([
    "step": 7, "loss": 0.5, "validation": ["score": 3, "en": ["cut": .number(.nan)]], "best": true,
    "name": "none",
  ])
  func tag(_ text: String) -> [UInt8] { Array(text.utf8) }
  let time = 1_700_000_000.0
  let expected =
    EventRecord.version(time: time) + EventRecord.start(time: time, step: 7)
    + EventRecord.scalars(
      time: time, step: 7,
      [(tag("loss"), 0.5), (tag("validation/score"), 3), (tag("validation/en/cut"), .nan)])
  let name = Path.lastComponent(file.path)
  #expect(name.hasPrefix("events.out.tfevents.1700000000."))
  #expect(try folder.bytes(name) == expected)
}

@Test func eventsThatCannotBeWrittenAreAFailureThatNamesTheFile() throws {
  let folder = ScratchFolder()
  let file = try EventFile.create(in: folder.path, after: nil)
  #expect(unlink(file.path) == 0)
  try Path.makeDirectories(file.path)  // in the file's place
  let failure = #expect(throws: Failure.self) { try file.append(["step": 1, "loss": 0.5]) }
  #expect(failure?.message.contains("events.out.tfevents.") == true)
}
