import Glibc
import SeqaeFiles

/// A PostgreSQL server of this process's own, on a socket in a temporary folder.
///
/// Its programs are looked for in the folder that SEQAE_POSTGRES names, such as `pgserver/pginstall/bin` of PyPI's pgserver,
/// which has pgvector too, and in Debian's.
final class PostgreSQLServer: Sendable {
  private let folder: String
  private let programs: String

  /// The server of this process, started when it is first asked for; nil where there are no programs.
  static let shared: Result<PostgreSQLServer?, any Error> = Result { try PostgreSQLServer() }

  /// Says why tests are skipped that need a server.
  static let reason =
    "no PostgreSQL server with pgvector here: set SEQAE_POSTGRES to the folder of initdb and postgres"

  private init?() throws {
    var places = getenv("SEQAE_POSTGRES").map { [String(cString: $0)] } ?? []
    let debian = "/usr/lib/postgresql"
    if Path.isDirectory(debian) {
      for version in try Path.list(debian) { places.append(Path.join(debian, version, "bin")) }
    }
    guard let programs = places.first(where: { Path.exists(Path.join($0, "initdb")) }) else {
      return nil
    }
    self.programs = programs
    var template = Array("/tmp/seqae-server-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else {
      throw Failure(.cannotCreate, "no folder can be made in /tmp")
    }
    folder = String(cString: made)
    guard
      try run("initdb -D data -U postgres -A trust --no-sync -E UTF8 --locale=C"),
      try run(
        "pg_ctl -D data -w -l log -o \"-c listen_addresses='' -c fsync=off -k \(folder)\" start"
      )
    else { throw Failure(.unavailable, "\(programs): the server does not start") }
    // Debian's server has pgvector only where its package is installed too.
    guard try execute("CREATE EXTENSION vector", in: "postgres") else {
      end()
      return nil
    }
    // What a static property holds is not deinitialised.
    atexit {
      if case .success(let server?) = PostgreSQLServer.shared { server.end() }
    }
  }

  /// Makes a database and returns its address.
  func database(_ name: String) throws -> String {
    guard try run("createdb -h \(folder) -U postgres \(name)") else {
      throw Failure(.unavailable, "\(name): no database can be made")
    }
    return "postgresql://postgres:secret@\(folder.replacing("/", with: "%2F"))/\(name)"
  }

  /// Runs statements with the server's own client.
  func execute(_ sql: String, in database: String) throws -> Bool {
    try run("psql -q -v ON_ERROR_STOP=1 -h \(folder) -U postgres -d \(database) -c \"\(sql)\"")
  }

  private func end() {
    _ = try? run("pg_ctl -D data -m immediate stop")
    try? Path.removeTree(folder)
  }

  /// Runs one of the programs, as another user where this one is root, whom they refuse.
  private func run(_ line: String) throws -> Bool {
    let user = "65534"
    let start =
      getuid() == 0 ? "exec setpriv --reuid \(user) --regid \(user) --clear-groups " : "exec "
    let owner = getuid() == 0 ? "chown \(user) . && " : ""
    let words = [
      "/bin/sh", "-c",
      "cd \(folder) && \(owner)\(start)\(programs)/\(line) >>out 2>&1 </dev/null",
    ]
    var arguments = words.map { strdup($0) } + [nil]
    defer { for word in arguments { free(word) } }
    var process = pid_t()
    guard posix_spawn(&process, "/bin/sh", nil, nil, &arguments, environ) == 0 else { return false }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status == 0
  }
}
