"""JupyterHub with the generic OAuthenticator."""
import os
import socket


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


issuer = os.environ["ISSUER"]
c = get_config()  # noqa: F821
c.JupyterHub.bind_url = "http://127.0.0.1:" + os.environ["PORT"]
c.JupyterHub.hub_port = free_port()
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{free_port()}"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.authenticator_class = "generic-oauth"
c.CryptKeeper.keys = [os.urandom(32)]
# The page in the platform's frame.
c.JupyterHub.tornado_settings = {"cookie_options": {"SameSite": "None", "Secure": True}}

auth = c.GenericOAuthenticator
auth.client_id = os.environ["CLIENT_ID"]
auth.client_secret = os.environ["CLIENT_SECRET"]
auth.oauth_callback_url = os.environ["ORIGIN"] + "/hub/oauth_callback"
auth.authorize_url = issuer + "/oidc/authorize"
auth.token_url = issuer + "/oidc/token"
auth.userdata_url = issuer + "/oidc/userinfo"
auth.scope = ["openid", "profile", "roles"]
auth.username_claim = "preferred_username"
auth.manage_groups = True
auth.enable_auth_state = True
auth.auth_state_groups_key = "oauth_user.groups"
auth.allow_all = True
auth.auto_login = True
