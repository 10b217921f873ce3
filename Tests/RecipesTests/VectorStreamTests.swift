import Glibc
import SeqaeFiles
import SeqaeRecipes
import TestSupport
import Testing

private let formats = VectorFile.Format.allCases

/// A vector of two values for each text.
private func vectors(_ texts: [[UInt8]]) -> [[Float]] {
  texts.map { [Float($0.count), Float($0.first ?? 0) / 3] }
}

private let texts = (0..<50).map { utf8("text \($0)") }

/// Opens the file of the texts in a format.
private func opened(
  _ folder: ScratchFolder, _ format: VectorFile.Format, resumes: Bool, maker: String = "a model"
) throws -> VectorStream {
  try VectorStream(
    folder("vectors.\(format.rawValue)"), as: format, columns: 2, maker: maker, resumes: resumes)
}

/// Writes those of the texts that are missing, ten at a time.
private func write(_ stream: VectorStream, upTo end: Int = texts.count) throws {
  for start in stride(from: 0, to: end, by: 10) {
    let missing = try stream.missing(Array(texts[start..<min(end, start + 10)]))
    try stream.append(vectors(missing), of: missing)
  }
}

@Test(arguments: formats)
func aFileThatWasGoneOnWithIsThatOfOneRun(_ format: VectorFile.Format) throws {
  let (whole, parted) = (ScratchFolder(), ScratchFolder())
  let name = "vectors.\(format.rawValue)"
  let stream = try opened(whole, format, resumes: false)
  try write(stream)
  #expect(!Path.exists(whole(name)))  // before it is whole
  try stream.finish()
  #expect(try Path.list(whole.path) == [name])
  #expect(try VectorFile.read(whole(name), size: 2) == vectors(texts))
  for end in [0, 10, 33, 50] {
    let first = try opened(parted, format, resumes: false)
    try write(first, upTo: end)
    try first.save()
    // What a kill leaves: more than is known to be there.
    try AppendedFile.append(utf8("torn"), to: parted(name + ".partial"))
    let second = try opened(parted, format, resumes: true)
    #expect(second.written == end)
    try write(second)
    try second.finish()
    #expect(try parted.bytes(name) == whole.bytes(name), "after \(end)")
    #expect(try Path.list(parted.path) == [name])
  }
}

@Test func aLinkStaysOne() throws {
  let folder = ScratchFolder()
  let file = try folder.put("elsewhere.npy", lines: ["old"])
  #expect(symlink(file, folder("vectors.npy")) == 0)
  let stream = try opened(folder, .npy, resumes: false)
  try write(stream)
  try stream.finish()
  #expect(try Path.resolved(folder("vectors.npy")) == Path.resolved(file))
  #expect(try VectorFile.read(file, size: 2) == vectors(texts))
  #expect(try Path.list(folder.path).sorted() == ["elsewhere.npy", "vectors.npy"])
}

@Test func anotherModelOrOtherTextsAreNotGoneOnWith() throws {
  let folder = ScratchFolder()
  let stream = try opened(folder, .npy, resumes: false)
  try write(stream, upTo: 20)
  try stream.save()
  for begin in [
    { try opened(folder, .npy, resumes: true, maker: "another model") },
    {
      try VectorStream(
        folder("vectors.npy"), as: .npy, columns: 3, maker: "a model", resumes: true)
    },
  ] as [() throws -> VectorStream] {
    let failure = #expect(throws: Failure.self) { _ = try begin() }
    #expect(failure?.kind == .data && failure?.message.contains("partial.json") == true)
  }
  let others = try opened(folder, .npy, resumes: true)
  let failure = #expect(throws: Failure.self) {
    _ = try others.missing((0..<30).map { utf8("other \($0)") })
  }
  #expect(failure?.kind == .data)
  let fewer = try opened(folder, .npy, resumes: true)
  _ = try fewer.missing(Array(texts.prefix(5)))
  #expect(throws: Failure.self) { try fewer.finish() }
  // Nothing was lost by these.
  let good = try opened(folder, .npy, resumes: true)
  try write(good)
  try good.finish()
  #expect(try VectorFile.read(folder("vectors.npy"), size: 2) == vectors(texts))
}

@Test func aPartThatIsShorterThanWhatIsKnownOfItIsDamaged() throws {
  let folder = ScratchFolder()
  let stream = try opened(folder, .npy, resumes: false)
  try write(stream, upTo: 20)
  try stream.save()
  try AtomicFile.write(folder("vectors.npy.partial"), bytes: utf8("short"))
  let failure = #expect(throws: Failure.self) { _ = try opened(folder, .npy, resumes: true) }
  #expect(failure?.kind == .data && failure?.message.contains("partial") == true)
}

/// Whichever call fails, what was saved before is gone on with.
@Test(arguments: [SystemCall.open, .write, .sync, .rename])
func aFailingCallLosesNothingThatWasSaved(_ call: SystemCall) throws {
  let folder = ScratchFolder()
  let stream = try opened(folder, .npy, resumes: false)
  try write(stream, upTo: 20)
  try stream.save()
  SystemCall.setFault(in: folder.path) { $0 == call ? 28 : nil }  // ENOSPC
  #expect(throws: Failure.self) {
    let next = try opened(folder, .npy, resumes: true)
    try write(next)
    try next.finish()
  }
  SystemCall.setFault(in: folder.path, nil)
  #expect(!Path.exists(folder("vectors.npy")))
  let again = try opened(folder, .npy, resumes: true)
  #expect(again.written == 20)
  try write(again)
  try again.finish()
  #expect(try VectorFile.read(folder("vectors.npy"), size: 2) == vectors(texts))
}
