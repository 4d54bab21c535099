document.querySelector("#app")!.textContent = "Plugboard";
