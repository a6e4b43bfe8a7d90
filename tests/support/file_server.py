"""A server on the loopback that has files, breaks off when it is told to, and remembers what it was asked."""

import contextlib
import http.server
import threading


class Served:
    """Files by path, and how they are served.

    Attributes:
        files: contents by path, such as "/a.tgz".
        breaks: after how many bytes of the answer the next transfers break off.
        ranges: whether ranges are honoured.
        asked: (path, Range or None) of every request.
    """

    def __init__(self):
        self.files, self.breaks, self.ranges, self.asked, self.tags = {}, [], True, [], True

    def tag(self, path):
        return f'"{hash(self.files[path])}"'


@contextlib.contextmanager
def file_server():
    """Yields a `Served` whose `url` is its address."""
    served = Served()

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args):
            """Says nothing."""

        def do_GET(self):
            wanted = self.headers.get("Range")
            served.asked.append((self.path, wanted))
            if self.path not in served.files:
                self.send_error(404, "Not Found")
                return
            body = served.files[self.path]
            start = 0
            if wanted and served.ranges and self.headers.get("If-Range") == served.tag(self.path):
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            else:
                self.send_response(200)
            if served.tags:
                self.send_header("ETag", served.tag(self.path))
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            rest = body[start:]
            self.wfile.write(rest[: served.breaks.pop(0)] if served.breaks else rest)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
