#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Wakes a thread that waits on file descriptors.
final class Bell: Sendable {
    /// Becomes readable when the bell rings.
    let descriptor: Int32
    private let rope: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        // Without descriptors nobody can be woken; the thread still looks around at its times.
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
        }
        descriptor = ends[0]
        rope = ends[1]
    }

    deinit {
        close(descriptor)
        close(rope)
    }

    func ring() {
        var byte: UInt8 = 1
        _ = write(rope, &byte, 1)
    }

    func clear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }

    /// Waits for the bell, at most so long.
    func wait(_ time: Duration) {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&poller, 1, Int32(time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000))
        clear()
    }
}
