// Compiled together with the files of Sources/Recipes that it fuzzes.

import SeqaeFiles
import SeqaeText

/// Splits, a list of hashes, or a text that is folded; the first byte says which.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard count > 4, let start else { return 0 }
  let rest = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
  switch start[0] % 3 {
  case 0: readSplits(rest)
  case 1: readList(rest)
  default: fold(rest)
  }
  return 0
}

private func readSplits(_ bytes: [UInt8]) {
  do {
    let splits = try Splits(json: try JSON.parse(bytes, name: "input"), name: "input")
    _ = splits.part(of: bytes)
    _ = splits.listsJSON
  } catch {
    precondition(!error.message.utf8.contains(0x0A), "more than one line: \(error.message)")
  }
}

private func readList(_ bytes: [UInt8]) {
  let json: JSON = [
    "count": .integer(Int(bytes[0])), "bits": .integer(Int(bytes[1])),
    "rice": .integer(Int(bytes[2])),
    "gaps": [.string(ByteString(Base64.encode(Array(bytes.dropFirst(3)))))],
  ]
  guard let list = try? HashList(json, name: "input") else { return }
  precondition(list.count == Int(bytes[0]), "another number of hashes")
  guard let again = try? HashList(list.json, name: "written") else {
    preconditionFailure("what is written is not read")
  }
  // What is written takes another parameter of Rice's code, but has the same members.
  precondition(again.json == list.json, "other hashes are read")
}

private func fold(_ bytes: [UInt8]) {
  let folded = Splits.fold(bytes)
  let line = Splits.fingerprint(bytes).line
  precondition(
    line == (folded.isEmpty ? nil : Splits.hash(folded)), "sentences that fold otherwise")
}
