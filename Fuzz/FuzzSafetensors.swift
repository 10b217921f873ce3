import Glibc
import SeqaeFiles

/// A header's length, a header and data: every tensor of a file that is taken lies in it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  // In memory, and of this process: several may run at once.
  let path = "/dev/shm/seqae-fuzz-\(getpid()).safetensors"
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  precondition(descriptor >= 0 && write(descriptor, start, count) == count, "no room in \(path)")
  close(descriptor)
  guard let file = try? SafetensorsFile(path) else { return 0 }
  for entry in file.entries {
    precondition(entry.range.upperBound <= count, "a tensor outside of the file")
    precondition(file.bytes(of: entry).count == entry.range.count, "a tensor of another size")
    precondition(file[entry.name] == entry, "a tensor that its name does not find")
  }
  return 0
}
