"""Flask with Authlib."""
import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session

app = Flask(__name__)
app.secret_key = os.urandom(32)
provider = OAuth(app).register(
    "ltictl",
    server_metadata_url=os.environ["ISSUER"] + "/.well-known/openid-configuration",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={"scope": "openid profile email roles", "code_challenge_method": "S256"},
)


@app.get("/")
def start():
    user = session.get("user")
    if user is None:
        return provider.authorize_redirect(os.environ["ORIGIN"] + "/callback")
    return f"Signed in as {user['preferred_username']}, groups {' '.join(user['groups'])}"


@app.get("/callback")
def callback():
    user = provider.authorize_access_token()["userinfo"]
    session["user"] = {name: user[name] for name in ("preferred_username", "groups")}
    return redirect("/")


app.run(port=int(os.environ["PORT"]))
