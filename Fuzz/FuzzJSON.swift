import SeqaeFiles

/// Any bytes: a document that is taken comes back from what is written of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  guard let document = try? JSON.parse(bytes, name: "input") else { return 0 }
  for isPretty in [false, true] {
    let written = document.serialized(pretty: isPretty)
    precondition((try? JSON.parse(written, name: "written")) == document, "a document is lost")
  }
  return 0
}
