"""Takes in partners' files, webhooks and pages, and turns them into facts."""
