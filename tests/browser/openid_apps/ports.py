
# Only for the test: ports that are free, and no other programs of people.
import socket


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


c.JupyterHub.bind_url = "http://127.0.0.1:" + os.environ["PORT"]
c.JupyterHub.hub_port = free_port()
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{free_port()}"
c.JupyterHub.spawner_class = "simple"
