import Glibc
import SeqaeFiles

/// A file of any bytes: an array that is taken has as many elements as its shape says.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  // In memory, and of this process: several may run at once.
  let path = "/dev/shm/seqae-fuzz-\(getpid()).npy"
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  precondition(descriptor >= 0 && write(descriptor, start, count) == count, "no room in \(path)")
  close(descriptor)
  guard let file = try? NPYFile(path) else { return 0 }
  precondition(file.count * file.element.byteCount <= count, "an array outside of the file")
  precondition(file.doubles().count == file.count, "an array of another size")
  return 0
}
